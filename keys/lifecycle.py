"""The life of an issuer key: active → retired, and compromised from a stated time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from keys.errors import KeyNotFound, KeyStateError
from keys.multikey import PublicKey, decode_public_key

State = Literal["active", "retired", "compromised"]
Kind = Literal["Ed25519", "P-256"]
"""Ed25519 signs badges; P-256 is for those who can read nothing else, JWTs above all."""


@dataclass(frozen=True)
class IssuerKey:
    """A public issuer key and the times that bound it (all with a UTC offset).

    ``id`` is its Multikey text, which is also its fragment in the issuer's DID document.
    """

    id: str
    created: datetime
    retired: datetime | None = None
    compromised_from: datetime | None = None

    @property
    def public_key(self) -> PublicKey:
        return decode_public_key(self.id)

    @property
    def kind(self) -> Kind:
        return "Ed25519" if isinstance(self.public_key, Ed25519PublicKey) else "P-256"

    @property
    def state(self) -> State:
        if self.compromised_from is not None:
            return "compromised"
        return "active" if self.retired is None else "retired"


def active_key(keys: Sequence[IssuerKey], kind: Kind) -> IssuerKey:
    """The one key of its kind that signs. Raises KeyNotFound."""
    for key in keys:
        if key.state == "active" and key.kind == kind:
            return key
    raise KeyNotFound(f"no active {kind} key; make one with `testamur keys rotate --kind {kind}`")


def retire(key: IssuerKey, at: datetime) -> IssuerKey:
    """Stop signing with ``key``; what it signed keeps verifying. Raises KeyStateError."""
    if key.state != "active":
        raise KeyStateError(f"key {key.id} is {key.state}, only an active key can be retired")
    return replace(key, retired=at)


def compromise(key: IssuerKey, since: datetime, at: datetime) -> IssuerKey:
    """Refuse what ``key`` signed from ``since`` on. Raises KeyStateError.

    A stated time may move earlier (we learned more), never later.
    """
    if since < key.created or since > at:
        raise KeyStateError(f"key {key.id} cannot be compromised from {since.isoformat()}")
    if key.compromised_from is not None and since > key.compromised_from:
        raise KeyStateError(f"key {key.id} is already compromised from an earlier time")
    return replace(key, retired=key.retired or at, compromised_from=since)
