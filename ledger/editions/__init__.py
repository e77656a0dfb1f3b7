"""Every edition of the policy that this software knows.

Each stands whole in a file, ``1.json`` and so on. The newest says what the capabilities state now:
`api.rules` writes it, and a test holds one against the other. The older ones are what ledgers once
adopted, and what their commands were decided under.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ledger.policy import ATTESTATION, Limits, Policy

RELEASED = 0
"""The newest edition that a ledger may have adopted, which is raised with a release: files up to
that one never change again."""

FOLDER = Path(__file__).parent

Permissions = Mapping[str, tuple[str, ...]]


def known(permissions: Permissions, folder: Path = FOLDER) -> tuple[Policy, ...]:
    """All editions, oldest first: the newest as it is stated, those before as they were."""
    written = read(folder)
    return (*written[:-1], stated(written[-1].edition, permissions))


def read(folder: Path = FOLDER) -> tuple[Policy, ...]:
    """All editions as their files have them, oldest first."""
    files = sorted(folder.glob("*.json"), key=lambda file: int(file.stem))
    return tuple(Policy.model_validate_json(file.read_bytes()) for file in files)


def stated(edition: int, permissions: Permissions) -> Policy:
    """The rules that this software states, under that number."""
    return Policy(
        edition=edition, permissions=permissions, attestation=ATTESTATION, limits=Limits()
    )


def number_for(permissions: Permissions, folder: Path = FOLDER, released: int = RELEASED) -> int:
    """The number under which the stated rules are to be written: the newest one's, or the next
    where they differ from one that a ledger may have adopted."""
    newest = read(folder)[-1]
    may_change = newest.edition > released or stated(newest.edition, permissions) == newest
    return newest.edition if may_change else newest.edition + 1
