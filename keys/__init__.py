"""Keys: how they are written, kept and retired. Knows nothing of badges or events."""

from keys.did import did_key, did_key_document, did_web, did_web_document, did_web_url
from keys.errors import (
    KeyNotFound,
    KeysError,
    KeyStateError,
    MalformedDID,
    MalformedKey,
    WrongPassphrase,
)
from keys.keystore import KeyStore
from keys.lifecycle import IssuerKey
from keys.vault import Sealed, Vault

__all__ = [
    "IssuerKey",
    "KeyNotFound",
    "KeyStateError",
    "KeyStore",
    "KeysError",
    "MalformedDID",
    "MalformedKey",
    "Sealed",
    "Vault",
    "WrongPassphrase",
    "did_key",
    "did_key_document",
    "did_web",
    "did_web_document",
    "did_web_url",
]
