"""The encrypted key file: issuer signing keys, the keys of the log and of the witness, and the
secret that wraps data keys.

One JSON file, mode 0600. A key-encryption key comes from the passphrase by scrypt
(RFC 7914); each secret is sealed with AES-256-GCM under it, bound to its purpose and to all that
the file says of it in clear. Private keys never leave this module: callers hand in bytes and get
a signature. Every secret is made when the file is, and none in place of one that is missing.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, get_args
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from keys.errors import KeyNotFound, KeysError, WrongPassphrase
from keys.lifecycle import IssuerKey, Kind, active_key, compromise, retire
from keys.multikey import encode_public_key

_SCRYPT = {"n": 2**17, "r": 8, "p": 1}  # 128 MiB for each guess: OWASP's least
_NONCE = 12
NoteKey = Literal["log", "witness"]
"""What a key of its own signs beside badges: our log's checkpoints, or others' as a witness."""

_NOTES: tuple[NoteKey, ...] = get_args(NoteKey)
_PROBE = b"testamur: can this key sign?"

_PrivateKey = Ed25519PrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class _Entry:
    """An issuer key as the file holds it: its public life and its sealed seed."""

    key: IssuerKey
    sealed: bytes


class KeyStore:
    """Issuer keys of one deployment, newest first, and the vault's wrapping secret.

    ``id`` names the file: a rotation keeps it, another deployment's is another.
    """

    def __init__(self, path: Path, passphrase: str) -> None:
        """Open the key file. Raises KeysError when it is missing, WrongPassphrase."""
        self._path = path
        document = self._read()
        self._kdf = document["kdf"]
        self._kek = _derive(passphrase, self._kdf)
        self._version: tuple[int, int] | None = None
        self._entries: list[_Entry] = []
        self._private: dict[str, _PrivateKey] = {}
        self.id = UUID(document["id"])
        self.vault_secret = self._unseal(f"vault:{self.id}", base64.b64decode(document["vault"]))
        self._notes = self._note_keys(document)
        self._refresh()

    @classmethod
    def create(cls, path: Path, passphrase: str, at: datetime) -> KeyStore:
        """Make a key file with every key in it. Raises KeysError if one is there."""
        if path.exists():
            raise KeysError(f"{path} exists already; it is never overwritten")
        kdf = {"name": "scrypt", **_SCRYPT, "salt": _b64(os.urandom(16))}
        aead, store = AESGCM(_derive(passphrase, kdf)), uuid4()
        notes = {
            name: _b64(
                _seal(aead, f"note:{name}", Ed25519PrivateKey.generate().private_bytes_raw())
            )
            for name in _NOTES
        }
        document = {
            "id": str(store),
            "kdf": kdf,
            "vault": _b64(_seal(aead, f"vault:{store}", os.urandom(32))),
            "issuer": [_to_json(_new_entry(aead, kind, at)) for kind in get_args(Kind)],
            "notes": notes,
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, document)
        return cls(path, passphrase)

    def check(self) -> None:
        """Read the file as it lies there now, open every secret in it, and let each key that may
        sign sign something. Raises KeysError when it is not what it was, or would not open again.
        """
        document = self._read()
        if (document["id"], document["kdf"]) != (str(self.id), self._kdf):
            raise KeysError("the key file is another one than was opened")
        vault = self._unseal(f"vault:{self.id}", base64.b64decode(document["vault"]))
        if vault != self.vault_secret:
            raise KeysError("the key file has another secret for the vault")
        for name, note in self._note_keys(document).items():
            if note.public_key() != self._notes[name].public_key():
                raise KeysError(f"the key file has another {name} key")
            note.public_key().verify(note.sign(_PROBE), _PROBE)
        for entry in map(_from_json, document["issuer"]):
            key = _private_key(entry.key.kind, self._unseal(_about(entry.key), entry.sealed))
            if encode_public_key(key.public_key()) != entry.key.id:
                raise KeysError(f"{entry.key.id} does not belong to its secret")
            if entry.key.state == "active" and not _verifies(key, _signature(key, _PROBE)):
                raise KeysError(f"{entry.key.id} does not sign")
        for kind in get_args(Kind):
            active_key([_from_json(item).key for item in document["issuer"]], kind)

    def issuer_keys(self) -> list[IssuerKey]:
        """Every issuer key, newest first, as the file is now."""
        self._refresh()
        return [entry.key for entry in self._entries]

    def active(self, kind: Kind = "Ed25519") -> IssuerKey:
        """The key of this kind that signs. Raises KeyNotFound."""
        return active_key(self.issuer_keys(), kind)

    def sign(self, key_id: str, data: bytes) -> bytes:
        """Signature (64 bytes) over ``data`` by an active key: Ed25519, or r‖s of ECDSA with
        SHA-256 (RFC 6979, so that the same data give the same bytes). Raises KeyNotFound."""
        entry = self._find(key_id)
        if entry.key.state != "active":
            raise KeyNotFound(f"key {key_id} is {entry.key.state} and signs nothing")
        if key_id not in self._private:
            seed = self._unseal(_about(entry.key), entry.sealed)
            self._private[key_id] = _private_key(entry.key.kind, seed)
        return _signature(self._private[key_id], data)

    def rotate(self, at: datetime, kind: Kind = "Ed25519") -> IssuerKey:
        """Make a new active key of this kind; the one before it is retired."""
        with self._changing():
            entries = [
                self._changed(e, retire(e.key, at))
                if (e.key.state, e.key.kind) == ("active", kind)
                else e
                for e in self._entries
            ]
            self._entries = [_new_entry(AESGCM(self._kek), kind, at), *entries]
        return self.active(kind)

    def compromise(self, key_id: str, since: datetime, at: datetime) -> IssuerKey:
        """State that ``key_id`` is not to be trusted from ``since`` on. Raises KeyNotFound."""
        with self._changing():
            found = self._find(key_id)
            changed = self._changed(found, compromise(found.key, since, at))
            self._entries = [changed if e is found else e for e in self._entries]
        return changed.key

    def note_key(self, name: NoteKey) -> bytes:
        """The Ed25519 public key (32 bytes) that signs as the log or as a witness.

        It is never changed, since all that it signed hangs on it.
        """
        return self._notes[name].public_key().public_bytes_raw()

    def sign_note(self, name: NoteKey, message: bytes) -> bytes:
        """Ed25519 signature (64 bytes) as the log or as a witness."""
        return self._notes[name].sign(message)

    def _note_keys(self, document: dict[str, Any]) -> dict[NoteKey, Ed25519PrivateKey]:
        seeds = {
            name: self._unseal(f"note:{name}", base64.b64decode(document["notes"][name]))
            for name in _NOTES
        }
        return {name: Ed25519PrivateKey.from_private_bytes(seed) for name, seed in seeds.items()}

    def _changed(self, entry: _Entry, key: IssuerKey) -> _Entry:
        """The same secret under what is now said of its key."""
        seed = self._unseal(_about(entry.key), entry.sealed)
        return _Entry(key, _seal(AESGCM(self._kek), _about(key), seed))

    def _find(self, key_id: str) -> _Entry:
        self._refresh()
        for entry in self._entries:
            if entry.key.id == key_id:
                return entry
        raise KeyNotFound(f"no issuer key {key_id!r}")

    def _refresh(self) -> None:
        """Take up what another process wrote: a rotation must reach a running server."""
        try:
            stat = self._path.stat()
        except OSError as error:
            raise KeysError(f"the key file {self._path} cannot be read: {error.strerror}") from None
        version = (stat.st_mtime_ns, stat.st_ino)
        if version != self._version:
            self._entries = [_from_json(item) for item in self._read()["issuer"]]
            self._version = version

    def _read(self) -> dict[str, Any]:
        try:
            return _key_file(json.loads(self._path.read_bytes()))
        except OSError as error:
            raise KeysError(f"the key file {self._path} cannot be read: {error.strerror}") from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise KeysError(f"{self._path} is not a key file, or was damaged") from None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """While no other process writes the file."""
        with self._path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Read, change and write the issuer keys while no other process does."""
        with self._locked():
            self._refresh()
            yield
            document = self._read()
            document["issuer"] = [_to_json(entry) for entry in self._entries]
            _write(self._path, document)

    def _unseal(self, name: str, sealed: bytes) -> bytes:
        try:
            return AESGCM(self._kek).decrypt(sealed[:_NONCE], sealed[_NONCE:], name.encode())
        except InvalidTag:
            raise WrongPassphrase(f"{self._path} does not open with this passphrase") from None


def _key_file(document: dict[str, Any]) -> dict[str, Any]:
    """The document, if it has a key file's shape. Raises ValueError, KeyError, TypeError."""
    UUID(document["id"])
    kdf = document["kdf"]
    if (kdf["n"], kdf["r"], kdf["p"]) != tuple(_SCRYPT.values()):
        raise ValueError(kdf)  # we write no other, and a damaged one could ask for any memory
    for text in (kdf["salt"], document["vault"], *map(document["notes"].__getitem__, _NOTES)):
        base64.b64decode(text, validate=True)
    for item in document["issuer"]:
        _ = _from_json(item).key.kind
    return document


def _derive(passphrase: str, kdf: dict[str, Any]) -> bytes:
    salt = base64.b64decode(kdf["salt"])
    scrypt = Scrypt(salt=salt, length=32, n=kdf["n"], r=kdf["r"], p=kdf["p"])
    return scrypt.derive(passphrase.encode())


def _new_entry(aead: AESGCM, kind: Kind, at: datetime) -> _Entry:
    if kind == "Ed25519":
        ed25519 = Ed25519PrivateKey.generate()
        public, seed = encode_public_key(ed25519.public_key()), ed25519.private_bytes_raw()
    else:
        p256 = ec.generate_private_key(ec.SECP256R1())
        public = encode_public_key(p256.public_key())
        seed = p256.private_numbers().private_value.to_bytes(32)
    key = IssuerKey(id=public, created=at)
    return _Entry(key, _seal(aead, _about(key), seed))


def _private_key(kind: Kind, seed: bytes) -> _PrivateKey:
    if kind == "Ed25519":
        return Ed25519PrivateKey.from_private_bytes(seed)
    return ec.derive_private_key(int.from_bytes(seed), ec.SECP256R1())


def _signature(key: _PrivateKey, data: bytes) -> bytes:
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(data)
    der = key.sign(data, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    r, s = decode_dss_signature(der)
    return r.to_bytes(32) + s.to_bytes(32)


def _seal(aead: AESGCM, name: str, secret: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + aead.encrypt(nonce, secret, name.encode())


def _write(path: Path, document: dict[str, Any]) -> None:
    """Replace the file in one step; it is readable by its owner only at every moment."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(document, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the name, too, survives a power cut
    finally:
        os.close(folder)


def _verifies(key: _PrivateKey, signature: bytes) -> bool:
    public = key.public_key()
    try:
        if isinstance(public, Ed25519PublicKey):
            public.verify(signature, _PROBE)
        else:
            r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
            public.verify(encode_dss_signature(r, s), _PROBE, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _members(key: IssuerKey) -> dict[str, str]:
    """What the file says of a key in clear."""
    times = {
        "created": key.created,
        "retired": key.retired,
        "compromised_from": key.compromised_from,
    }
    written = {name: time.isoformat() for name, time in times.items() if time is not None}
    return {"id": key.id, **written}


def _about(key: IssuerKey) -> str:
    """To which the key's secret is bound, so that its times cannot be changed by hand."""
    return json.dumps(_members(key))


def _to_json(entry: _Entry) -> dict[str, Any]:
    return {**_members(entry.key), "sealed": _b64(entry.sealed)}


def _from_json(item: dict[str, Any]) -> _Entry:
    def time(name: str) -> datetime | None:
        return datetime.fromisoformat(item[name]) if name in item else None

    created = datetime.fromisoformat(item["created"])
    key = IssuerKey(item["id"], created, time("retired"), time("compromised_from"))
    return _Entry(key, base64.b64decode(item["sealed"]))


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
