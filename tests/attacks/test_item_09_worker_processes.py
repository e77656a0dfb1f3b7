"""Attack: a small unsigned badge whose canonical form costs minutes and gigabytes, with the
interpreter held meanwhile. What a count cannot bound is canonicalized in a process that is killed
at a limit of time or memory; its death is an answer, and the next document is read as ever."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.canonicalizers import Canonicalizers
from api.deadline import Deadline
from badges.canonical import canonical_nquads
from badges.errors import TooMuchWork, UndefinedTerm, UnknownContext
from badges.proofs.data_integrity import add_proof
from badges.verification import Verifier
from tests.badges.issuers import NOW, V2, Key, Shelf

TERMS = "https://own.example.org/terms#"
OWN = [V2, {"has": f"{TERMS}has", "n": f"{TERMS}n"}]
SMALL = {"@context": OWN, "id": "urn:x:1", "n": 'A "name" with é and \u2028'}
MINUTES = 60.0


def large(nodes: int = 60_000) -> dict[str, Any]:
    """Seconds of work and hundreds of megabytes, without a single blank node that is alike."""
    return {"@context": OWN, "has": [{"id": f"urn:x:{n}", "n": str(n)} for n in range(nodes)]}


@pytest.fixture
def made() -> Iterator[list[Canonicalizers]]:
    made: list[Canonicalizers] = []
    yield made
    for canonicalizers in made:
        canonicalizers.close()


def test_it_says_what_the_same_work_here_says(made: list[Canonicalizers]) -> None:
    made.append(Canonicalizers())
    deadline = Deadline.after(MINUTES)
    assert made[0].nquads(SMALL, deadline) == canonical_nquads(SMALL)
    with pytest.raises(UnknownContext, match="nowhere"):
        made[0].nquads({"@context": "https://nowhere.example.org/"}, deadline)
    with pytest.raises(UndefinedTerm, match="grade"):
        made[0].nquads({**SMALL, "grade": "A"}, deadline)
    assert made[0].nquads(SMALL, deadline) == canonical_nquads(SMALL)


@pytest.mark.parametrize("limits", [{"seconds": 0.3}, {"memory": 128 * 1024 * 1024}])
def test_a_process_is_killed_at_its_limit_and_replaced(
    made: list[Canonicalizers], limits: dict[str, Any]
) -> None:
    made.append(Canonicalizers(most=1, **limits))
    with pytest.raises(TooMuchWork):
        made[0].nquads(large(), Deadline.after(MINUTES))
    assert made[0].nquads(SMALL, Deadline.after(MINUTES)) == canonical_nquads(SMALL)


def test_a_process_that_died_in_between_is_replaced(made: list[Canonicalizers]) -> None:
    made.append(Canonicalizers(most=1))
    made[0].nquads(SMALL, Deadline.after(MINUTES))
    (process,) = made[0].workers.idle
    os.kill(process, signal.SIGKILL)
    os.waitid(os.P_PID, process, os.WEXITED | os.WNOWAIT)
    assert made[0].nquads(SMALL, Deadline.after(MINUTES)) == canonical_nquads(SMALL)


def test_too_much_work_leaves_a_badge_undetermined(
    made: list[Canonicalizers], unsigned: Any, shelf: Shelf, issuer: Key
) -> None:
    """Neither verified nor called invalid, and no error."""
    made += [Canonicalizers(), Canonicalizers(memory=128 * 1024 * 1024)]
    unsigned["@context"] = [*unsigned["@context"], OWN[1]]
    signed = add_proof(unsigned, issuer, NOW)
    fine = made[0].within(Deadline.after(MINUTES))
    assert Verifier(shelf, NOW, canonicalize=fine).verify(json.dumps(signed)).verified
    late, small = made[0].within(Deadline.after(0)), made[1].within(Deadline.after(MINUTES))
    for limit, document in ((late, signed), (small, signed | {"has": large()["has"]})):
        report = Verifier(shelf, NOW, canonicalize=limit).verify(json.dumps(document))
        assert (report.answer, report.outcome) == ("undetermined", "unsupported")


def test_what_is_large_leaves_the_interpreter_alone(
    made: list[Canonicalizers], unsigned: Any, issuer: Key
) -> None:
    """A badge in the standards' own contexts with thousands of blank nodes, in a process that has
    no memory for it: it was not read here. An ordinary one is."""
    made.append(Canonicalizers(memory=128 * 1024 * 1024))
    canonicalize = made[0].within(Deadline.after(MINUTES))
    assert canonicalize(unsigned) == canonical_nquads(unsigned)
    assert made[0].workers.idle == []
    alignment = {"type": ["Alignment"], "targetUrl": "https://x.example.org/"}
    unsigned["credentialSubject"]["achievement"]["alignment"] = [
        {**alignment, "targetName": str(number)} for number in range(20_000)
    ]
    with pytest.raises(TooMuchWork):
        canonicalize(unsigned)


def test_the_processes_know_no_secrets(
    made: list[Canonicalizers], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TESTAMUR_KEY_PASSPHRASE", "open sesame")
    made.append(Canonicalizers())
    made[0].nquads(SMALL, Deadline.after(MINUTES))
    environment = Path(f"/proc/{made[0].workers.idle[0]}/environ").read_bytes()
    assert environment
    assert b"open sesame" not in environment
