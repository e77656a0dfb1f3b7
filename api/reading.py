"""What was handed in, whatever it is: one function finds out.

A credential as JSON, a JWT, or in a PNG, an SVG or a PDF; a photograph of a QR code; the address of
a badge, or a list of them, plain or as CSV; a receipt of a log. What is none of these is said to be
none, in a sentence.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass

from api.deadline import Deadline
from api.readers import Readers
from badges.baking import PLAIN
from badges.baking.png import PNG_SIGNATURE, credential_in_png
from badges.baking.svg import credential_in_svg
from badges.document import decoded
from badges.errors import MalformedDocument
from badges.proofs.jws import is_compact_jws

MOST_ADDRESSES = 200
"""Badges that one list may name."""

LARGEST_DOCUMENT = 4 * 1024 * 1024
"""Bytes of a badge that is neither a photograph nor a PDF."""

_LONGEST_ADDRESS = 2_000
_PDF = b"%PDF-"
_RECEIPT = b"c2sp.org/tlog-proof@"
_ADDRESS = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_PHOTOGRAPHS = {
    b"\xff\xd8\xff": "a JPEG",
    b"GIF8": "a GIF",
    b"BM": "a BMP",
    b"II*\0": "a TIFF",
    b"MM\0*": "a TIFF",
}
_NOT_READ = {
    b"PK\x03\x04": "a ZIP file, or an office document: unpack it first",
    b"\x1f\x8b": "a compressed file: unpack it first",
}
_HOLDERS = {"email", "e-mail", "mail", "recipient", "holder", "correo", "person"}


@dataclass(frozen=True)
class Credential:
    """The text of a credential, or the image that it is in; ``came`` says in what it came."""

    data: bytes
    came: str = PLAIN


@dataclass(frozen=True)
class Asked:
    """The address of a badge, and whose it should be, if the list says."""

    address: str
    recipient: str | None = None


@dataclass(frozen=True)
class Addresses:
    """One address or more, in their order; ``came`` says in what they came."""

    asked: tuple[Asked, ...]
    came: str = "as text"


@dataclass(frozen=True)
class LogReceipt:
    """A C2SP tlog-proof: says of another file that it is in a log."""

    data: bytes


Found = Credential | Addresses | LogReceipt


@dataclass(frozen=True)
class Reading:
    """Reads what strangers hand in; what others' software must read is read in ``readers``."""

    readers: Readers

    def read(self, data: bytes | str, deadline: Deadline) -> Found:
        """What was handed in. Raises MalformedDocument, whose words say what it is instead of a
        badge; TooMuchWork."""
        given = data.encode(errors="surrogatepass") if isinstance(data, str) else data
        start = given[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
        if not given.strip():
            raise MalformedDocument("there is nothing in it")
        for signature, words in _NOT_READ.items():
            if given.startswith(signature):
                raise MalformedDocument(f"it is {words}")
        if _PDF in given[:1024]:
            return Credential(self.readers.credential_in_pdf(given, deadline), "in a PDF")
        if given.startswith(PNG_SIGNATURE):
            return self._png(given, deadline)
        if kind := _photograph(given):
            return self._photograph(given, kind, deadline)
        if len(given) > LARGEST_DOCUMENT:
            raise MalformedDocument(f"it is larger than {LARGEST_DOCUMENT // 1024 // 1024} MiB")
        if start.startswith(_RECEIPT):
            return LogReceipt(given.strip() + b"\n")
        if start.startswith(b"<"):
            return _markup(given)
        if start.startswith((b"{", b"[")):
            return Credential(given)
        return _text(given)

    def _png(self, data: bytes, deadline: Deadline) -> Found:
        try:
            credential_in_png(data)
        except MalformedDocument as error:
            if "holds no credentials" not in str(error):
                raise
            return self._photograph(data, "a PNG without a credential inside,", deadline)
        return Credential(data)

    def _photograph(self, data: bytes, kind: str, deadline: Deadline) -> Found:
        codes = [code.strip() for code in self.readers.codes_in_photograph(data, deadline)]
        if not codes:
            raise MalformedDocument(f"it is {kind} picture, and no QR code is seen in it")
        jwts = [code for code in codes if is_compact_jws(code)]
        if len(jwts) == 1:
            return Credential(jwts[0].encode(), "in a QR code")
        found = [Asked(code) for code in codes if _is_address(code)]
        if not found:
            raise MalformedDocument(
                "the QR code in the picture does not hold the address of a badge"
            )
        return Addresses(tuple(found), "in a QR code")


def _photograph(data: bytes) -> str | None:
    """What kind of picture, of those that only photographs are."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "a WebP"
    return next((kind for start, kind in _PHOTOGRAPHS.items() if data.startswith(start)), None)


def _markup(data: bytes) -> Credential:
    try:
        credential_in_svg(data)
    except MalformedDocument as error:
        if b"<svg" in data[:4096]:
            raise
        page = re.match(rb"\s*<(!doctype html|html)", data[:200], re.IGNORECASE)
        words = "a web page, not a badge" if page else f"markup, and {error}"
        raise MalformedDocument(f"it is {words}") from None
    return Credential(data)


def _text(data: bytes) -> Found:
    try:
        text = decoded(data).strip()
    except UnicodeDecodeError:
        return Credential(data)  # a form that others read may be recognised by its first bytes
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not any(_ADDRESS.search(line) for line in lines[:20]):
        if " " in text or len(lines) > 1:  # no form of a credential has either, but JSON
            raise MalformedDocument("it is text without a badge, or the address of one, in it")
        return Credential(data)
    if len(lines) > MOST_ADDRESSES + 1:
        raise MalformedDocument(
            f"the list has {len(lines)} lines; at most {MOST_ADDRESSES} badges are checked at once"
        )
    asked = tuple(_asked(lines))
    if not asked:
        return Credential(data)
    if len(asked) > MOST_ADDRESSES:
        raise MalformedDocument(
            f"the list names {len(asked)} badges; at most {MOST_ADDRESSES} are checked at once"
        )
    return Addresses(asked, "as text" if len(lines) == 1 else "in a list")


def _asked(lines: list[str]) -> list[Asked]:
    """The addresses in lines of text or of CSV, each with its row's holder where a column is
    headed so."""
    try:
        rows = list(csv.reader(io.StringIO("\n".join(lines)), dialect=_dialect(lines[0])))
    except csv.Error as error:
        raise MalformedDocument(f"the list cannot be read as CSV: {error}") from None
    heads = [cell.strip().lower() for cell in rows[0]]
    holder = next((at for at, head in enumerate(heads) if head in _HOLDERS), None)
    found = []
    for row in rows:
        addresses = [cell.strip() for cell in row if _is_address(cell.strip())]
        named = row[holder].strip() if holder is not None and holder < len(row) else ""
        found += [Asked(address, named[:254] or None) for address in addresses[:1]]
    return found


def _dialect(line: str) -> type[csv.Dialect]:
    class Separated(csv.excel):
        delimiter = max(",;\t", key=line.count)

    return Separated


def _is_address(text: str) -> bool:
    return len(text) <= _LONGEST_ADDRESS and _ADDRESS.fullmatch(text) is not None
