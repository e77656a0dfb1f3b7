"""Stored rows against a rebuild beside them: the audit names what differs."""

from __future__ import annotations

from projections.awards import counts, register
from projections.comparison import compare_views
from projections.database import writing
from tests.projections.ledger_world import PROJECTIONS, Ledger


def _differences(ledger: Ledger) -> list[str]:
    found = compare_views(ledger.views, ledger.store, PROJECTIONS, lambda _position: None)
    return [f"{divergence.place} {divergence.detail}" for divergence in found]


def test_a_changed_a_missing_and_an_invented_row_are_named(ledger: Ledger) -> None:
    award = ledger.award()
    ledger.views.catch_up()
    assert _differences(ledger) == []
    invented = {"scope": "network", "of": "", "status": "active", "last_day": "2031-01-01"}
    with writing(ledger.views._engine) as connection:
        connection.execute(register.awards.update().values(status="revoked"))
        connection.execute(counts.holder_counts.delete().where(counts.holder_counts.c.of == ""))
        connection.execute(counts.award_counts.insert().values(**invented, number=7))
    differences = _differences(ledger)
    assert f"view_awards {award} status should be otherwise" in differences
    assert "view_holder_counts network  9999-12-31 it is missing" in differences
    assert "view_award_counts network  active 2031-01-01 it should not be there" in differences
    assert len(differences) == 3


def test_what_has_another_shape_is_told(ledger: Ledger) -> None:
    ledger.award()
    ledger.views.catch_up()
    with writing(ledger.views._engine) as connection:
        change = "UPDATE views_asked SET shape = 'another' WHERE projection = 'awards'"
        connection.exec_driver_sql(change)
    words = "it is not there in the shape that this software gives it"
    assert _differences(ledger) == [f"awards {words}"]
