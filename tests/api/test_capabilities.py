"""Every capability goes through every room, and whatever one of its packages holds is joined."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from importlib import import_module
from pkgutil import walk_packages
from typing import Any, TypeVar

import pytest
import typer
from fastapi import APIRouter

from api.capabilities import (
    CAPABILITIES,
    COMMANDS,
    PERMISSIONS,
    PROCESSES,
    READ_MODELS,
    VALUES,
    command_lines,
    routes,
)
from api.cli import app as command_line
from ledger.aggregate import Aggregate
from ledger.assessment import Holding, Submission
from ledger.awards import AcceptedEndorsements, BadgeDigest, StatusSlot
from ledger.bus import CommandReceipt
from ledger.capability import Capability
from ledger.clock import Clock
from ledger.command import Command
from ledger.deployment import Deployment
from ledger.people import Account
from ledger.policy_in_force import PolicyInForce
from ledger.processes import ProcessManager
from ledger.value import Value
from projections import Projection
from tests.api.conftest import Api
from tests.conftest import ROOT
from tests.ledger.whole_log import AGGREGATES

T = TypeVar("T")

NAMES = [each.ledger.name for each in CAPABILITIES]

ASKED_OF_AGGREGATES: set[type[Any]] = {
    CommandReceipt,
    Deployment,
    PolicyInForce,
    Clock,
    Account,
    Holding,
    BadgeDigest,
    StatusSlot,
    AcceptedEndorsements,
    Submission.EvidenceAdded,
}
"""What no read model lists, because whoever asks reads the aggregate."""


def values_in(package: str, kind: type[T]) -> Iterator[tuple[str, T]]:
    """Each value of that kind that a module of ``package`` names, with the module's name."""
    found = import_module(package)
    inside = walk_packages(getattr(found, "__path__", []), f"{package}.")
    for module in (found, *(import_module(each.name) for each in inside)):
        for value in vars(module).values():
            if isinstance(value, kind):
                yield module.__name__, value


def below(kind: type[T]) -> Iterator[type[T]]:
    """All subclasses that stand in our rooms."""
    for each in kind.__subclasses__():
        if each.__module__.partition(".")[0] in ("ledger", "projections", "api"):
            yield each
        yield from below(each)


def test_each_capability_is_joined_in_every_room_and_in_the_same_order() -> None:
    stated = {value.name for _, value in values_in("ledger", Capability)}
    assert stated == set(NAMES), "api/capabilities.py does not join what the domain states"
    assert list(routes()) == NAMES
    assert list(command_lines()) == NAMES
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    in_order = next(each for each in contracts["contracts"] if each["type"] == "capabilities")
    assert in_order["order"] == NAMES, "the import contract in pyproject.toml knows another order"


@pytest.mark.parametrize("name", NAMES)
def test_every_read_model_of_a_capability_is_joined(name: str) -> None:
    found = {each.name: where for where, each in values_in(f"projections.{name}", Projection)}
    missing = found.keys() - {each.name for each in READ_MODELS}
    assert not missing, [found[each] for each in missing]


@pytest.mark.parametrize("name", NAMES)
def test_every_process_manager_of_a_capability_is_joined(name: str) -> None:
    found = {each.name: where for where, each in values_in(f"ledger.{name}", ProcessManager)}
    missing = found.keys() - {each.name for each in PROCESSES}
    assert not missing, [found[each] for each in missing]


def test_every_command_is_some_capability_s_and_has_permissions() -> None:
    assert list(values_in("ledger", Capability))  # every module is imported
    named = {each for each in below(Command) if "NAME" in vars(each)}
    assert named == set(COMMANDS.values())
    assert COMMANDS.keys() <= PERMISSIONS.keys(), "a command that nobody may give"


def test_every_value_that_events_hold_is_some_capability_s() -> None:
    assert {each for each in below(Value) if each.STORED_AS} == set(VALUES)


def test_every_event_is_told_by_a_read_model_or_asked_of_its_aggregate() -> None:
    handled = {kind for each in (*READ_MODELS, *PROCESSES) for kind in each.handlers}
    forgotten = [
        kind
        for aggregate in AGGREGATES
        if aggregate not in ASKED_OF_AGGREGATES
        for kind in vars(aggregate).values()
        if isinstance(kind, type) and hasattr(kind, "TOPIC")
        if kind not in handled | ASKED_OF_AGGREGATES and kind is not Aggregate.Event
    ]
    assert not forgotten, "events of which no read model has a handler"


def test_every_router_is_served(api: Api) -> None:
    served = {id(router) for router in _routers(api.client.app.routes)}  # type: ignore[attr-defined]
    for room in ("api.http.v1", "api.http.artefacts", "api.web"):
        for module, router in values_in(room, APIRouter):
            assert id(router) in served, f"what {module} answers is served nowhere"


def _routers(routes: Sequence[Any]) -> Iterator[APIRouter]:
    """Those that are included, at whatever depth."""
    for route in routes:
        if (router := getattr(route, "original_router", None)) is not None:
            yield router
            yield from _routers(router.routes)


def test_every_group_of_the_command_line_is_reached() -> None:
    reached = set(_groups(command_line))
    for module, group in values_in("api.cli", typer.Typer):
        assert group in reached, f"the commands of {module} are reached from nowhere"


def _groups(group: typer.Typer) -> Iterator[typer.Typer]:
    yield group
    for each in group.registered_groups:
        assert each.typer_instance is not None
        yield from _groups(each.typer_instance)
