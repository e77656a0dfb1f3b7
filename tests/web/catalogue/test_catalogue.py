"""The catalogue: found by words without accents and by role card; the same as data."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest

from ledger.catalogue import RetireMicroCredential
from tests.web.browser import Browser
from tests.world import World, definition


@pytest.fixture
def reader(world: World, browser: Callable[..., Browser]) -> Browser:
    """Of a catalogue with three micro-credentials, one of which takes no more submissions."""
    world.publish(definition(name="Evaluación justa", role_card="Teacher", tags=("fairness",)))
    retired = world.publish(definition(name="Old Practice"))
    world.do(world.manager, RetireMicroCredential(micro_credential=retired, number=1))
    found = browser()
    world.app.views.catch_up()
    return found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"Checking for Understanding", "Evaluación justa"}),
        ("q=evaluacion", {"Evaluación justa"}),
        ("q=JUSTA+evalua", {"Evaluación justa"}),
        ("q=fairness", {"Evaluación justa"}),
        ("q=%25", set()),
        ("role=Teacher", {"Evaluación justa"}),
        ("state=retired", {"Old Practice"}),
        ("q=nothing+at+all", set()),
        ("page=2", set()),
        ("page=x", {"Checking for Understanding", "Evaluación justa"}),
    ],
)
def test_what_is_looked_for_is_found(reader: Browser, query: str, found: set[str]) -> None:
    page = reader.get(f"/catalogue?{query}")
    assert page.status_code == 200
    names = {"Checking for Understanding", "Evaluación justa", "Old Practice"}
    assert {name for name in names if f"<bdi>{name}</bdi>" in page.text} == found
    if query != "page=2" and not query.startswith("page"):
        items = reader.get(f"/catalogue.json?{query}").json()["items"]
        assert {item["name"] for item in items} == found


def test_the_list_as_a_spreadsheet_begins_no_formula(world: World, reader: Browser) -> None:
    world.publish(definition(name="=HYPERLINK(1)"))
    world.app.views.catch_up()
    answer = reader.get("/catalogue.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert {row["name"] for row in rows} >= {"'=HYPERLINK(1)", "Evaluación justa"}


def test_in_spanish(reader: Browser) -> None:
    page = reader.get("/catalogue", headers={"Accept-Language": "es"})
    assert "2 microcredenciales" in page.text
    assert 'lang="es"' in page.text
