"""The capabilities of this system, joined: what each room states of each, in their order.

Registries derive from this file and nothing else: dispatch, permissions, problem types, stored
values, processes, the audit's mapping; routes and the command line. A later capability may use an
earlier one, never the reverse.

What people and programs meet (`routes`, `command_lines`) is imported when it is asked for: it
stands above what the registries are for, and a command line opens no server.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ledger import assessment, awards, catalogue, editions, people
from ledger.capability import Capability
from ledger.command import Command
from projections import Projection
from projections import assessment as assessment_views
from projections import awards as awards_views
from projections import catalogue as catalogue_views
from projections import people as people_views

if TYPE_CHECKING:
    from fastapi import APIRouter
    from typer import Typer


class Joined(NamedTuple):
    """One capability through the rooms."""

    ledger: Capability
    read_models: Sequence[Projection]


CAPABILITIES = (
    Joined(people.CAPABILITY, people_views.CAPABILITY),
    Joined(catalogue.CAPABILITY, catalogue_views.CAPABILITY),
    Joined(assessment.CAPABILITY, assessment_views.CAPABILITY),
    Joined(awards.CAPABILITY, awards_views.CAPABILITY),
)

_LEDGER = [each.ledger for each in CAPABILITIES]

READ_MODELS = [view for each in CAPABILITIES for view in each.read_models]
COMMANDS: dict[str, type[Command[Any, Any]]] = {
    command.NAME: command for each in _LEDGER for command in each.commands
}
PERMISSIONS = {action: roles for each in _LEDGER for action, roles in each.permissions.items()}
PROBLEMS = {code: title for each in _LEDGER for code, title in each.problems.items()}
VALUES = [value for each in _LEDGER for value in each.values]
PROCESSES = [process for each in _LEDGER for process in each.processes]

EDITIONS = editions.known(PERMISSIONS)
"""Every edition of the rules that this software knows, oldest first."""

NEWEST_POLICY = EDITIONS[-1]


class Routes(NamedTuple):
    """A capability over HTTP: its API under /v1, its pages, and its artefacts where it has some."""

    api: APIRouter
    pages: APIRouter
    artefacts: APIRouter | None = None


def routes() -> dict[str, Routes]:
    """Each capability's routes."""
    from api.http.artefacts import awards as awards_artefacts
    from api.http.v1 import assessment, awards, catalogue, people
    from api.web import assessment as assessment_pages
    from api.web import awards as awards_pages
    from api.web import catalogue as catalogue_pages
    from api.web import people as people_pages

    return {
        "people": Routes(people.router, people_pages.router),
        "catalogue": Routes(catalogue.router, catalogue_pages.router),
        "assessment": Routes(assessment.router, assessment_pages.router),
        "awards": Routes(awards.router, awards_pages.router, awards_artefacts.router),
    }


def command_lines() -> dict[str, Typer]:
    """Each capability's part of the command line."""
    from api.cli import assessment, awards, catalogue, people

    return {
        "people": people.app,
        "catalogue": catalogue.app,
        "assessment": assessment.app,
        "awards": awards.app,
    }
