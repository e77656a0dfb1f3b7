"""How words of strangers are shown to people, so that none of them looks like another's.

A name can turn the text around it (bidirectional controls), hold what nobody sees, and a domain
can be spelt in letters that look like other letters. Sources: Unicode TR 36 §2 and §3, TR 39;
RFC 5892 appendix A (where a joiner belongs); UTS 46.
"""

from __future__ import annotations

import unicodedata
from urllib.parse import unquote, urlsplit

import idna

_JOINERS = "\u200c\u200d"


def shown(text: str) -> str:
    """``text`` with every character that cannot be seen, or moves others, written as its number."""
    return "".join(c if c.isprintable() else _visible(text, at, c) for at, c in enumerate(text))


def _visible(text: str, at: int, character: str) -> str:
    if unicodedata.category(character) == "Zs":
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
        return host.lower() if host and host.isascii() and host.isprintable() else None


def site_of(identifier: str) -> str | None:
    """The place on the web that an id is controlled from, in ASCII: ``uni.example``, or
    ``uni.example/~bob`` where many share a host. None for an id that lies nowhere (did:key)."""
    if identifier.startswith("did:web:"):
        host, *folders = identifier.removeprefix("did:web:").split(":")
        netloc, path = unquote(host), "/".join(folders)
    else:
        try:
            parts = urlsplit(identifier)
        except ValueError:
            return None
        if parts.scheme != "https":
            return None
        netloc, path = parts.netloc.rpartition("@")[2], parts.path.strip("/")
    host, colon, port = netloc.partition(":")
    plain = ascii_host(host)
    if plain is None or not (port or "0").isdecimal():
        return None
    place = f"{plain}{colon}{port}" + (f"/{path}" if path else "")
    return "".join(
        c if c.isascii() and c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in place
    )
