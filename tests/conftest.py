"""What every test may ask for: the official vectors, and other people's software.

With ``CI=true`` a missing folder or judge is a failure; elsewhere the test is not run and the
closing summary says so.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent


def not_run(reason: str) -> None:
    """End this test: as a failure in CI, elsewhere as one that was not run."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI must run this: {reason}")
    pytest.skip(f"not run: {reason}")


class Vectors:
    """The shared folder of official test data."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def text(self, path: str) -> str:
        return (self.folder / path).read_text(encoding="utf-8")

    def json(self, path: str) -> Any:
        return json.loads(self.text(path))


@pytest.fixture(scope="session")
def vectors() -> Vectors:
    named = os.environ.get("TESTAMUR_VECTORS")
    folder = Path(named) if named else ROOT.parent / "shared" / "vectors"
    if not (folder / "PROVENANCE.md").is_file():
        not_run("no folder of conformance vectors (set TESTAMUR_VECTORS)")
    return Vectors(folder)


@pytest.fixture(scope="session")
def node() -> str:
    found = shutil.which("node")
    if not found or not shutil.which("npm"):
        not_run("node and npm are not installed")
    return str(found)


@pytest.fixture(scope="session")
def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        not_run("chromium is not installed")
    return str(found)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = sorted({str(report.longrepr[2]) for report in skipped})
    for reason in reasons:
        terminalreporter.write_line(f"NOT RUN  {reason.removeprefix('Skipped: not run: ')}")
