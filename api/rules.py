"""The rules that the capabilities state, written down: the newest edition of the policy, and the
page of who may do what. ``make rules`` writes both after a change.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from pathlib import Path

from api.capabilities import CAPABILITIES, COMMANDS, PERMISSIONS
from ledger import editions
from ledger.policy import ROLES, Policy

_PAGE = Path(__file__).resolve().parent.parent / "docs" / "permissions.md"
_COLUMNS = (*ROLES, "system", "process")
_ABOUT = """# Who may do what

Written by `make rules`, and held against it by a test. Edition {edition} of the
rules: the edition in force is an event of the log, and each command is decided, and audited, under
the one in force at its place (`testamur policy show`).

A role counts within a unit and what lies below it. `system` is the operator at the command line,
`process` a process manager that does what follows by itself. A role is needed and not always
enough: whose thing it is, conflicts of interest and the state of things are rules of each command.
"""


def page() -> str:
    """The page in Markdown: a table for each capability, a row for each action."""
    edition = editions.number_for(PERMISSIONS)
    return _ABOUT.format(edition=edition) + "".join(_tables())


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


def edition(policy: Policy) -> str:
    """An edition as its file has it: a line for each action, so that changes are seen."""
    said = policy.model_dump(mode="json")
    for name in ("limits", "permissions"):
        lines = (f"    {json.dumps(key)}: {json.dumps(value)}" for key, value in said[name].items())
        said[name] = "{\n" + ",\n".join(lines) + "\n  }"
    members = (
        said["edition"],
        json.dumps(said["attestation"]),
        said["limits"],
        said["permissions"],
    )
    names = ("edition", "attestation", "limits", "permissions")
    written = (f'  "{name}": {member}' for name, member in zip(names, members, strict=True))
    return "{\n" + ",\n".join(written) + "\n}\n"


def write() -> None:
    """Write both. The newest edition is written anew, or the next where ledgers may have adopted
    that one (`ledger.editions.RELEASED`)."""
    number = editions.number_for(PERMISSIONS)
    text = edition(editions.stated(number, PERMISSIONS))
    (editions.FOLDER / f"{number}.json").write_text(text, encoding="utf-8")
    _PAGE.write_text(page(), encoding="utf-8")
    print(f"ledger/editions/{number}.json and docs/permissions.md are written.")


if __name__ == "__main__":
    write()
