"""How words of strangers are shown to people, so that none of them looks like another's.

A name can turn the text around it (bidirectional controls), hold what nobody sees, and a domain
can be spelt in letters that look like other letters. Sources: Unicode TR 36 §2 and §3, TR 39;
RFC 5892 appendix A (where a joiner belongs); UTS 46.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

import idna

from keys.did import did_web_url
from keys.errors import KeysError

_HOST = re.compile(r"[A-Za-z0-9._-]+")
_JOINERS = "\u200c\u200d"


def shown(text: str) -> str:
    """``text`` with every character that cannot be seen, or moves others, written as its number."""
    return "".join(c if c.isprintable() else _visible(text, at, c) for at, c in enumerate(text))


def _visible(text: str, at: int, character: str) -> str:
    if character in "\t\n\r" or unicodedata.category(character) == "Zs":
        return " "
    if character in _JOINERS and _joins(text, at):
        return character
    return f"⟨U+{ord(character):04X}⟩"


def _joins(text: str, at: int) -> bool:
    """Whether the joiner at ``at`` changes how letters are written, as in Persian and Hindi."""
    try:
        return idna.valid_contextj(text, at)
    except ValueError:
        return False


def ascii_host(host: str) -> str | None:
    """A host's name as the network knows it (``xn--…``), or None for what is no such name."""
    try:
        return idna.encode(host, uts46=True).decode().lower()
    except (idna.IDNAError, UnicodeError):
        return host.lower() if _HOST.fullmatch(host) else None


def site_of(identifier: str) -> str | None:
    """The place on the web that an id is controlled from, in ASCII: ``uni.example``, or
    ``uni.example/~bob`` where many share a host. None for an id that lies nowhere (did:key)."""
    is_did = identifier.startswith("did:web:")
    try:
        parts = urlsplit(did_web_url(identifier) if is_did else identifier)
        host, port = parts.hostname, parts.port
    except (ValueError, KeysError):
        return None
    plain = ascii_host(host or "")
    if plain is None or "\\" in identifier or not (is_did or parts.scheme == "https"):
        return None  # a backslash ends the host for some, and not for others
    path = parts.path
    if is_did:
        path = path.removesuffix("/did.json").removesuffix("/.well-known")
    place = plain + (f":{port}" if port else "") + path.rstrip("/")
    return "".join(c if "!" <= c <= "~" else "\N{REPLACEMENT CHARACTER}" for c in place)


def capital(text: str) -> str:
    """``text`` beginning with a capital; what follows stays as it is, and a DID everywhere."""
    is_word = ":" not in text.partition(" ")[0]
    return text[:1].upper() + text[1:] if is_word else text
