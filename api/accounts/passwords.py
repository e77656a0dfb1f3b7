"""Passwords: how they are kept (Argon2id), and which are too weak.

Length counts, not composition (ASVS 5.0 V6.2; NIST SP 800-63B-4 §3.1.1.2): at least 12 characters,
and not what a guesser tries first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from threading import BoundedSemaphore

from pwdlib.exceptions import PwdlibError
from pwdlib.hashers.argon2 import Argon2Hasher

from ledger.errors import Invalid, Unavailable

SHORTEST = 12
LONGEST = 256

_hasher = Argon2Hasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""OWASP's cheat sheet on storing passwords: 19 MiB, two passes."""

_at_once = BoundedSemaphore(4)
_PATIENCE = 5.0

_COMMON = """
password passwort contrasena welcome letmein iloveyou qwerty qwertz asdfgh zxcvbn admin
administrator login master dragon monkey sunshine princess football baseball superman batman
trustno shadow michael jordan hunter ranger whatever starwars freedom secret summer winter
spring autumn monday january teacher student school education badge testamur changeme default
guest access computer internet google facebook microsoft windows apple love hello test user
root temp pass word abc xyz qwe asd zxc
""".split()  # noqa: SIM905
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
)
_LEAST_LEFT = 5


def hashed(password: str) -> bytes:
    """What is kept of a password. Raises Unavailable where too many are being tried."""
    with _Turn():
        return _hasher.hash(password).encode()


def matches(password: str, kept: bytes | None) -> bool:
    """Whether a password is the one that was kept; takes as long where none was. Raises
    Unavailable."""
    known = kept.decode() if kept else _of_nobody()
    with _Turn():
        try:
            right = _hasher.verify(password[:LONGEST], known)
        except PwdlibError:
            right = False
    return right and kept is not None


def must_be_strong(password: str, own: Iterable[str]) -> None:
    """Raises Invalid for one that is too short, or among the first to be guessed; ``own`` is what
    everybody knows of the person: name, address, where they work."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid("password-length", f"use {SHORTEST} to {LONGEST} characters")
    left = password.casefold()
    for word in own:
        for part in re.split(r"[\W_]+", word.casefold()):
            if len(part) >= 4:
                left = left.replace(part, "")
    for word in _COMMON:
        left = left.replace(word, "")
    left = _without_rows(left)
    left = re.sub(r"(.+?)\1+", r"\1", left)
    if len(left) < _LEAST_LEFT or len(set(password.casefold())) < _LEAST_LEFT:
        raise Invalid("password-common", "this is among the first that somebody would try")


def _without_rows(text: str) -> str:
    """Without four or more characters that stand in a row, on a keyboard or in the alphabet."""
    for row in _ROWS:
        for way in (row, row[::-1]):
            for length in range(len(way), 3, -1):
                for start in range(len(way) - length + 1):
                    text = text.replace(way[start : start + length], "")
    return text


@cache
def _of_nobody() -> str:
    return _hasher.hash("a password that nobody has")


class _Turn:
    """Four at once in each process: each takes 19 MiB."""

    def __enter__(self) -> None:
        if not _at_once.acquire(timeout=_PATIENCE):
            raise Unavailable("busy", "others are being served; please try again soon")

    def __exit__(self, *_: object) -> None:
        _at_once.release()
