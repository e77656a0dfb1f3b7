"""Who may do what: the policy as data, and the one function that reads it.

A role counts within a unit of the organization and everything below it. Deny by default. What
else must hold (it is one's own submission, the assessor is qualified) is a rule of the domain.
"""

from __future__ import annotations

from typing import Literal, get_args

Role = Literal[
    "educator",
    "assessor",
    "programme-manager",
    "administrator",
    "hiring-manager",
    "auditor",
]
ROLES: tuple[str, ...] = get_args(Role)

POLICY: dict[str, frozenset[str]] = {
    "deployment.found": frozenset({"system"}),
    "deployment.move": frozenset({"system"}),
    "network.found": frozenset({"system"}),
    "clock.put-right": frozenset({"system"}),
    "organization.register": frozenset({"administrator"}),
    "person.register": frozenset({"administrator"}),
    "person.erase": frozenset({"administrator"}),
    "role.grant": frozenset({"administrator"}),
    "role.revoke": frozenset({"administrator"}),
    "token.issue": frozenset(ROLES),
    "token.revoke": frozenset(ROLES),
    "assessor.qualify": frozenset({"programme-manager"}),
    "conflict.declare": frozenset({"assessor"}),
    "profile.publish": frozenset({"educator"}),
    "micro-credential.define": frozenset({"programme-manager"}),
    "micro-credential.publish": frozenset({"programme-manager"}),
    "micro-credential.retire": frozenset({"programme-manager"}),
    "submission.draft": frozenset({"educator"}),
    "submission.edit": frozenset({"educator"}),
    "submission.appeal": frozenset({"educator"}),
    "submission.read": frozenset({"educator", "assessor", "programme-manager"}),
    "appeal.decide": frozenset({"programme-manager"}),
    "queue.read": frozenset({"assessor", "programme-manager"}),
    "review.assign": frozenset({"programme-manager"}),
    "review.claim": frozenset({"assessor"}),
    "review.record": frozenset({"assessor"}),
    "award.issue": frozenset({"programme-manager"}),
    "endorsement.issue": frozenset({"administrator", "programme-manager"}),
    "endorsement.accept": frozenset({"programme-manager"}),
    "award.change": frozenset({"programme-manager", "administrator"}),
    "award.read": frozenset(ROLES),
    "register.read": frozenset({"programme-manager", "administrator", "auditor"}),
    "people.read": frozenset({"programme-manager", "administrator"}),
}
"""Each action with the roles that may take it."""


def may(role: str, action: str) -> bool:
    """Whether ``role`` may take ``action`` at all. Raises KeyError for an unknown action."""
    return role in POLICY[action]
