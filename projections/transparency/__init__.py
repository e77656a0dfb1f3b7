"""The transparency log of one ledger, kept up by following the events."""

from projections.transparency.keeper import Keeper
from projections.transparency.log import LogKey, TransparencyLog
from projections.transparency.rows import SignedCheckpoint

__all__ = ["Keeper", "LogKey", "SignedCheckpoint", "TransparencyLog"]
