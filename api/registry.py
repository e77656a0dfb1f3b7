"""Whom this deployment knows: files that their owner writes, or a command.

Recognised issuers are one JSON object: each issuer's id with the name that it goes by. It answers
"do we know who says so", which is not "is it genuine". Witnesses are verifier keys, one a line.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from api.settings import SettingsError
from ledger.transparency import VerifierKey


def read_registry(file: Path) -> dict[str, str]:
    """Issuers by id. Raises SettingsError for a file that is not such a list."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        raise SettingsError(f"{file} is not JSON") from None
    if not isinstance(found, dict) or not all(isinstance(name, str) for name in found.values()):
        raise SettingsError(f"{file} must hold one object: issuer ids, each with a name")
    return found


def write_registry(file: Path, issuers: dict[str, str]) -> None:
    """Replace the file in one step."""
    _replace(file, json.dumps(dict(sorted(issuers.items())), indent=2, ensure_ascii=False) + "\n")


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
