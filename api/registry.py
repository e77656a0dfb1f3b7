"""Whom this deployment knows: files that their owner writes, or a command.

Recognised issuers are one JSON object: each issuer's id with its ``name`` and, where its own
document does not name them, the addresses of its ``keys``. The name answers "do we know who says
so", which is not "is it genuine"; an address vouches for the key there. Witnesses are verifier
keys, one a line.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError

from api.settings import SettingsError
from badges.verification import IssuerPolicy
from ledger.transparency import VerifierKey


class KnownIssuer(NamedTuple):
    """The name that an issuer goes by, and addresses of its keys."""

    name: str
    keys: tuple[str, ...] = ()


_REGISTRY = TypeAdapter(dict[str, KnownIssuer])
Registry = Mapping[str, KnownIssuer]
"""Recognised issuers by id."""


def read_registry(file: Path) -> dict[str, KnownIssuer]:
    """The recognised issuers. Raises SettingsError for a file that is not such a list."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        raise SettingsError(f"{file} is not JSON") from None
    try:
        return _REGISTRY.validate_python(found)
    except ValidationError:
        words = 'must hold one object: issuer ids, each with {"name": …, "keys": [addresses]}'
        raise SettingsError(f"{file} {words}") from None


def write_registry(file: Path, issuers: Registry) -> None:
    """Replace the file in one step."""
    members = {issuer: known._asdict() for issuer, known in sorted(issuers.items())}
    _replace(file, json.dumps(members, indent=2, ensure_ascii=False) + "\n")


def issuer_policy(issuers: Registry) -> IssuerPolicy:
    """The registry as verification asks it."""
    return IssuerPolicy(
        {issuer: known.name for issuer, known in issuers.items()},
        {issuer: known.keys for issuer, known in issuers.items()},
    )


def read_witnesses(file: Path) -> list[VerifierKey]:
    """The witnesses' verifier keys. Raises LogError for a line that is none."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return [VerifierKey.parse(line) for line in lines if line.strip()]


def write_witnesses(file: Path, witnesses: list[VerifierKey]) -> None:
    """Replace the file in one step."""
    _replace(file, "".join(f"{witness.vkey}\n" for witness in witnesses))


def _replace(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(f".{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)
