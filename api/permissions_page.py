"""Who may do what, as the capabilities state it, in Markdown.

``python -m api.permissions_page > docs/permissions.md`` writes it.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from api.capabilities import CAPABILITIES, COMMANDS, NEWEST_POLICY
from ledger.policy import ROLES

_COLUMNS = (*ROLES, "system", "process")
_ABOUT = """# Who may do what

Written by `python -m api.permissions_page`, and held against it by a test. Edition {edition} of the
rules: the edition in force is an event of the log, and each command is decided, and audited, under
the one in force at its place (`testamur policy show`).

A role counts within a unit and what lies below it. `system` is the operator at the command line,
`process` a process manager that does what follows by itself. A role is needed and not always
enough: whose thing it is, conflicts of interest and the state of things are rules of each command.
"""


def page() -> str:
    """The page in Markdown: a table for each capability, a row for each action."""
    return _ABOUT.format(edition=NEWEST_POLICY.edition) + "".join(_tables())


def _tables() -> Iterator[str]:
    for each in CAPABILITIES:
        yield f"\n## {each.ledger.name.capitalize()}\n\n"
        yield f"| Action | {' | '.join(_COLUMNS)} | |\n|---|{'---|' * len(_COLUMNS)}---|\n"
        for action, roles in each.ledger.permissions.items():
            marks = " | ".join("yes" if role in roles else "" for role in _COLUMNS)
            yield f"| `{action}` | {marks} | {_words(action)} |\n"


def _words(action: str) -> str:
    """The first sentence of the command's description."""
    command = COMMANDS.get(action)
    if command is None:
        return "(no event)"
    text = " ".join((inspect.getdoc(command) or "").split())
    return text.partition(". ")[0].rstrip(".").replace("``", "`").replace("|", "\\|")


if __name__ == "__main__":
    print(page(), end="")
