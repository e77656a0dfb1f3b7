"""Pieces of evidence as a page shows them: what kind each is, and what can be said of it here."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from api.assessing import open_evidence
from api.viewing import CHARACTERS, PAGES, Kind, NotDrawn, kind_of
from api.web.assessment.drawing import head, pages_of
from api.wiring import Testamur
from ledger.assessment import EvidenceShown, SubmissionShown
from ledger.catalogue import Definition, Part
from ledger.context import Caller
from ledger.errors import NotFound

_LINK = "text/uri-list"


@dataclass(frozen=True)
class Piece:
    """A part of a submission with its evidence, if there is some.

    ``name`` is the file's, for its educator alone. ``why`` says why it cannot be shown; it can be
    downloaded then, but for one that is ``gone``. ``words`` are a text's, ``link`` an address.
    """

    part: Part
    address: str
    kind: Kind | None = None
    size: int = 0
    name: str | None = None
    words: str = ""
    is_cut: bool = False
    link: str = ""
    pages: int = 0
    pages_shown: int = 0
    why: str = ""


def pieces(
    app: Testamur, caller: Caller, shown: SubmissionShown, definition: Definition
) -> list[Piece]:
    """Every part of a submission in the order of its micro-credential. What stands on the page
    itself is opened, and that is recorded; pictures and recordings are fetched one by one."""
    return [piece(app, caller, shown, part) for part in definition.parts]


def piece(app: Testamur, caller: Caller, shown: SubmissionShown, part: Part) -> Piece:
    """One of them. What cannot be opened says so in its place."""
    address = f"/submissions/{shown.id}/evidence/{part.id}"
    item = next((each for each in shown.evidence if each.part == part.id), None)
    if item is None:
        return Piece(part, address)
    try:
        return _filled(app, caller, shown.id, part, address, item)
    except NotFound:
        return Piece(part, address, "file", item.size, item.name, why="gone")
    except NotDrawn as refusal:
        return Piece(part, address, "file", item.size, item.name, why=refusal.why)


def _filled(
    app: Testamur, caller: Caller, submission: UUID, part: Part, address: str, item: EvidenceShown
) -> Piece:
    kind = "text" if item.media_type == _LINK else kind_of(item.media_type)
    base = Piece(part, address, kind, item.size, item.name)
    if kind == "text":
        file, _ = open_evidence(app, caller, submission, part.id)
        words = head(file, 4 * CHARACTERS).decode("utf-8", "replace").replace("\r\n", "\n")
        is_cut = len(words) > CHARACTERS or item.size > 4 * CHARACTERS
        link = _web_address(words) if item.media_type == _LINK or part.kind == "link" else ""
        return _with(base, words=words[:CHARACTERS].strip(), is_cut=is_cut, link=link)
    if kind == "pages":
        pages = pages_of(app.viewing, *open_evidence(app, caller, submission, part.id))
        return _with(base, pages=pages, pages_shown=min(pages, PAGES))
    return base


def _with(base: Piece, **values: object) -> Piece:
    return Piece(**{**base.__dict__, **values})


def _web_address(words: str) -> str:
    """The first line of a text, if it is an address of the web."""
    line = words.strip().partition("\n")[0].strip()
    return line if line.startswith(("https://", "http://")) and line.isprintable() else ""
