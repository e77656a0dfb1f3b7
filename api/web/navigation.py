"""Where each role finds its work: at most six entries, the first is its home."""

from __future__ import annotations

from typing import NamedTuple

from api.web.language import message


class Entry(NamedTuple):
    """A place in the navigation."""

    address: str
    words: str


PUBLIC = (
    Entry("/catalogue", message("Catalogue")),
    Entry("/verify", message("Verify")),
    Entry("/log", message("Log")),
)

BY_ROLE: dict[str, tuple[Entry, ...]] = {
    "educator": (
        Entry("/home", message("Home")),
        Entry("/catalogue", message("Catalogue")),
        Entry("/my/submissions", message("My submissions")),
        Entry("/my/badges", message("My badges")),
    ),
    "assessor": (Entry("/queue", message("Queue")), Entry("/my/reviews", message("What I scored"))),
    "programme-manager": (
        Entry("/submissions", message("Submissions")),
        Entry("/micro-credentials", message("Micro-credentials")),
        Entry("/awards", message("Awards")),
        Entry("/assessors", message("Assessors")),
        Entry("/people", message("People")),
    ),
    "administrator": (
        Entry("/people", message("People")),
        Entry("/units", message("Units")),
        Entry("/awards", message("Awards")),
        Entry("/deployment", message("Deployment")),
    ),
    "auditor": (Entry("/audit", message("Audit")), Entry("/log", message("Log"))),
    "hiring-manager": (Entry("/verify", message("Verify")), Entry("/log", message("Log"))),
}

ROLE_NAMES = {
    "educator": message("Educator"),
    "assessor": message("Assessor"),
    "programme-manager": message("Programme manager"),
    "administrator": message("Administrator"),
    "auditor": message("Auditor"),
    "hiring-manager": message("Hiring manager"),
}
"""What each role is called."""
