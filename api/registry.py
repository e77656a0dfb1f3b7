"""The registry of recognised issuers: a file that its owner writes, or ``testamur issuers``.

One JSON object: each issuer's id with the name that it goes by. It answers "do we know who says
so", which is not "is it genuine".
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from api.settings import SettingsError


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
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(dict(sorted(issuers.items())), indent=2, ensure_ascii=False) + "\n")
    draft.replace(file)
