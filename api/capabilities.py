"""The capabilities of this system, joined: what the domain and the read models state of each.

Registries derive from this tuple and nothing else: dispatch, permissions, problem types, stored
values, processes, the audit's mapping. A later capability may use an earlier one, never the
reverse.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ledger import assessment, awards, catalogue, people
from ledger.capability import Capability
from ledger.command import Command
from ledger.policy import newest_policy
from projections import Projection
from projections import assessment as assessment_views
from projections import awards as awards_views
from projections import catalogue as catalogue_views
from projections import people as people_views


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

NEWEST_POLICY = newest_policy(PERMISSIONS)
"""The newest edition of the rules that this software knows."""
