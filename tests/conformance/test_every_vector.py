"""Every file of the official vectors is what the table says we make of it."""

from __future__ import annotations

from tests.conformance.table import PAGE, expectations, files_of, judged, page
from tests.conftest import Vectors


def test_the_table_has_every_file_once(vectors: Vectors) -> None:
    assert [e.path for e in expectations()] == files_of(vectors.folder)


def test_every_expectation_holds_and_the_page_says_so(vectors: Vectors) -> None:
    found = {e: judged(vectors.folder, e) for e in expectations()}
    assert {e.path: said for e, said in found.items() if said != e.expected} == {}
    assert PAGE.read_text(encoding="utf-8") == page(found), "run python -m tests.conformance"
