"""Tables that people open in spreadsheets: RFC 4180, UTF-8, first line the columns' names.

A cell that a spreadsheet would take for a formula is written with an apostrophe before it
(CWE-1236), and read without one, so that what was exported can be read again.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ledger.errors import Invalid

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LONGEST_CELL = 4000


@dataclass(frozen=True)
class Line:
    """One line of a table: its number in the file, counted from 1, and its cells by column."""

    number: int
    cells: Mapping[str, str]


def read(data: bytes, columns: Sequence[str], most: int) -> list[Line]:
    """The lines of a table that has at least these columns, in any order; empty lines are left
    out, further columns too. Commas, semicolons or tabs part the cells.

    Raises Invalid (``bad-table``), with the line's number where it is one's fault.
    """
    rows = _rows(_text(data))
    _, head = next(rows, (1, []))
    names = [name.strip().casefold() for name in head]
    missing = [name for name in columns if name not in names]
    if missing:
        raise Invalid("bad-table", f"the first line names no column {', '.join(missing)}")
    if twice := {name for name in columns if names.count(name) > 1}:
        raise Invalid("bad-table", f"the first line names {', '.join(sorted(twice))} twice")
    lines: list[Line] = []
    for number, row in rows:
        if not any(cell.strip() for cell in row):
            continue
        if len(lines) == most:
            raise Invalid("bad-table", f"it has more than {most} lines; send it in parts")
        if len(row) > len(names):
            raise Invalid("bad-table", f"line {number} has more cells than the first line")
        found = dict(zip(names, row, strict=False))
        lines.append(Line(number, {name: _plain(found.get(name, "")) for name in columns}))
    return lines


def write(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """The table, a piece at a time."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_safe(cell) for cell in row])
        if buffer.tell() > 1 << 15:
            yield _taken(buffer)
    yield _taken(buffer)


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid("bad-table", "it is not UTF-8 text; save it as “CSV UTF-8”") from None


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    if "\0" in text:
        raise Invalid("bad-table", "it holds bytes that have no place in a text")
    first = text.partition("\n")[0]
    parts = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=parts, strict=True)
    try:
        for row in reader:
            if any(len(cell) > _LONGEST_CELL for cell in row):
                raise Invalid("bad-table", f"line {reader.line_num} has a cell that is too long")
            yield reader.line_num, row
    except csv.Error:
        words = f"line {reader.line_num} cannot be read: a quotation mark is not closed, perhaps"
        raise Invalid("bad-table", words) from None


def _plain(cell: str) -> str:
    cell = cell.strip()
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def _safe(cell: object) -> str:
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _taken(buffer: io.StringIO) -> bytes:
    written = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return written
