"""The second step after a password: one-time codes of an app (TOTP, RFC 6238), or recovery codes
on paper. Both are used once."""

from __future__ import annotations

import base64
import hmac
import json
import re
import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import quote
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from api.accounts.stamps import Stamps
from keys.vault import Vault

_STEP = 30
_CODES = "one-time-codes"
_PAPER = "recovery-codes"
_HOW_MANY = 8
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS = 6
_KEPT = timedelta(minutes=5)
_FOR_EVER = timedelta(days=36500)


def new_secret() -> str:
    """A secret for an app, in base32: 160 bits (RFC 4226 §4)."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def address_for_app(secret: str, account: str, issuer: str) -> str:
    """The ``otpauth:`` address that an app reads as a QR code."""
    label = quote(f"{issuer}:{account}")
    return f"otpauth://totp/{label}?secret={secret}&issuer={quote(issuer)}&digits=6&period={_STEP}"


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The step at which a code is right: this one, or the one before or after; None for a wrong
    one."""
    code = re.sub(r"\s", "", code)
    if not re.fullmatch(r"[0-9]{6}", code, re.ASCII):
        return None
    totp = TOTP(base64.b32decode(secret), 6, SHA1(), _STEP, enforce_key_length=True)  # noqa: S303
    found = None
    step = int(now.timestamp()) // _STEP
    for near in (step - 1, step, step + 1):
        try:
            totp.verify(code.encode(), near * _STEP)
            found = near
        except InvalidToken:
            continue
    return found


def keep_app(vault: Vault, person: UUID, secret: str) -> None:
    """From now on the app with that secret is the person's second step."""
    vault.keep(person, _CODES, secret.encode())


def use_code(vault: Vault, stamps: Stamps, person: UUID, code: str, now: datetime) -> bool:
    """Use a one-time code of the person's app; False for a wrong or a used one."""
    secret = vault.kept(person, _CODES)
    step = step_of(secret.decode(), code, now) if secret else None
    return step is not None and stamps.use(f"totp:{person}:{step}", now, now + _KEPT)


def new_paper(vault: Vault, person: UUID) -> list[str]:
    """Recovery codes for a person in the place of those they had, told this once: 24 letters each,
    118 bits, so that a digest of them need not be slow."""
    made = ["".join(secrets.choice(_LETTERS) for _ in range(4 * _GROUPS)) for _ in range(_HOW_MANY)]
    vault.keep(person, _PAPER, json.dumps([_digest(code) for code in made]).encode())
    return ["-".join(re.findall("....", code)) for code in made]


def use_paper(vault: Vault, stamps: Stamps, person: UUID, code: str, now: datetime) -> bool:
    """Use a recovery code; False for a wrong or a used one."""
    plain = re.sub(r"[\s-]", "", code).lower()
    kept = vault.kept(person, _PAPER)
    digests: list[str] = json.loads(kept) if kept else []
    right = [held for held in digests if hmac.compare_digest(held, _digest(plain))]
    if not right or not stamps.use(f"paper:{person}:{right[0]}", now, now + _FOR_EVER):
        return False
    left = [held for held in digests if held not in right]
    vault.keep(person, _PAPER, json.dumps(left).encode())
    return True


def papers_left(vault: Vault, person: UUID) -> int:
    """How many recovery codes are left."""
    kept = vault.kept(person, _PAPER)
    return len(json.loads(kept)) if kept else 0


def _digest(code: str) -> str:
    return sha256(code.encode("utf-8", "replace")).hexdigest()
