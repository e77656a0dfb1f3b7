"""``python -m tests.conformance``: judge every vector and write docs/conformance.md."""

import os
from pathlib import Path

from tests.conformance.table import PAGE, expectations, judged, page

named = os.environ.get("TESTAMUR_VECTORS")
folder = Path(named) if named else Path(__file__).resolve().parents[3] / "shared" / "vectors"
found = {expectation: judged(folder, expectation) for expectation in expectations()}
PAGE.write_text(page(found), encoding="utf-8")
for expectation, said in found.items():
    if said != expectation.expected:
        print(f"{expectation.path}: {said}, not {expectation.expected}")
