"""Replay against the rules: every event decided once more."""

from ledger.audit import rules as rules  # teaches the examiner
from ledger.audit.examiner import Examiner

__all__ = ["Examiner"]
