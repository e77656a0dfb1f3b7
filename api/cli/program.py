"""How this program is called: what it prints to be typed works as it is printed."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

_QUOTED = re.compile(r"`testamur ([^`]*)`")


def command(words: str) -> str:
    """``testamur`` with these words as whoever called it would have to type it: by the same way to
    it, for the same home folder."""
    home = _home()
    return f"{_program()} {words}" + (f" --home {home}" if home else "")


def as_typed(text: str) -> str:
    """A text with the commands that it quotes as they are to be typed."""
    return _QUOTED.sub(lambda quoted: f"`{command(quoted[1])}`", text)


def is_make() -> bool:
    """Whether make called it, for its usual home folder."""
    return "MAKELEVEL" in os.environ and not _home()


def _program() -> str:
    called = Path(sys.argv[0])
    if called.name == "__main__.py":
        return f"{_shortest(Path(sys.executable))} -m api"
    found = shutil.which(called.name)
    is_known = found is not None and called.exists() and Path(found).samefile(called)
    return called.name if is_known else _shortest(called)


def _shortest(path: Path) -> str:
    here = path.absolute()
    return str(here.relative_to(Path.cwd()) if here.is_relative_to(Path.cwd()) else here)


def _home() -> str:
    """The home folder that was named on the command line."""
    for at, word in enumerate(sys.argv):
        if word == "--home" and at + 1 < len(sys.argv):
            return sys.argv[at + 1]
        if word.startswith("--home="):
            return word.removeprefix("--home=")
    return ""
