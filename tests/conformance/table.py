"""The conformance table: a judge and an expectation for every file of the official vectors.

``python -m tests.conformance`` judges them all and writes docs/conformance.md; a file that is not
in the table, or of which we make something else, is an error.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from tests.conformance.judges import JUDGES

TABLE = Path(__file__).with_name("expectations.tsv")
PAGE = Path(__file__).resolve().parents[2] / "docs/conformance.md"


@dataclass(frozen=True)
class Expectation:
    """What we have to make of one file, and why where that is not plain."""

    path: str
    judge: str
    expected: str
    why: str


def expectations() -> list[Expectation]:
    """The table, in the order of its paths."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return [Expectation(*row) for row in csv.reader(file, delimiter="\t")]


def files_of(folder: Path) -> list[str]:
    """Every file of the vectors."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path.relative_to(folder).as_posix() for path in found)


def judged(folder: Path, expectation: Expectation) -> str:
    """What we make of the file."""
    return JUDGES[expectation.judge](folder, expectation.path)


TITLES = {
    "credential": "Credentials, verified whole",
    "data-model": "VC Data Model 2.0, accepted or refused",
    "step": "Cryptosuites, value by value",
    "disclosure": "Selective disclosure (ecdsa-sd-2023), the verifying side",
    "did-key": "did:key",
    "context": "JSON-LD contexts",
    "schema": "JSON Schemas",
    "none": "Not cases of their own",
}


def page(found: dict[Expectation, str]) -> str:
    """docs/conformance.md, from what was found."""
    groups: dict[str, list[Expectation]] = defaultdict(list)
    for expectation in found:
        groups[expectation.judge].append(expectation)
    met = sum(found[e] == e.expected for e in found)
    lines = [
        "# Conformance",
        "",
        "Made by `python -m tests.conformance` from what this verifier makes of each file of the",
        "official test vectors; the test run refuses a page that is out of date. Each file has an",
        "expectation in `tests/conformance/expectations.tsv`, and none is walked past in silence.",
        "",
        f"**{met} of {len(found)} files: as expected**, judged as of 2026-11-24. Issuers that",
        "cannot be reached from here are given the key that stands in the fragment of their own",
        "proof, as the public validator does; status lists that are not among the vectors stay out",
        "of reach. A bare JWK counts where the issuer's own document names its address",
        "(`tests/attacks/test_item_02_whose_key.py`); no official file has such a key.",
        "",
        "| group | files | what we make of them |",
        "|---|---|---|",
    ]
    for judge, title in TITLES.items():
        counts: dict[str, int] = defaultdict(int)
        for expectation in groups[judge]:
            counts[found[expectation]] += 1
        words = "; ".join(f"{count} × {said}" for said, count in sorted(counts.items()))
        lines.append(f"| {title} | {len(groups[judge])} | {words} |")
    for judge, title in TITLES.items():
        doc = (JUDGES[judge].__doc__ or "").split("\n\n")[0]
        lines += ["", f"## {title}", "", " ".join(doc.split()), "", "| file | found | why |"]
        lines.append("|---|---|---|")
        for expectation in groups[judge]:
            said = found[expectation]
            mark = "" if said == expectation.expected else f" (expected: {expectation.expected})"
            lines.append(f"| `{expectation.path}` | {said}{mark} | {expectation.why} |")
    return "\n".join(lines) + "\n"
