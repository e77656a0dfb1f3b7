"""The long checks, cut into tasks for as many processes as there are cores."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from multiprocessing import get_context
from typing import Any, Literal

from eventsourcing.utils import get_topic

from api.audit.evidence import Evidence, Ledger
from api.capabilities import COMMANDS, EDITIONS, PROCESSES
from keys.errors import KeyLost
from ledger.assessment import Submission
from ledger.audit.chronology import Bound, Chronology
from ledger.audit.examiner import Examiner
from ledger.audit.log import bundles_in, check_bundle
from ledger.audit.report import Divergence
from ledger.audit.statements import Statements
from ledger.awards import Award, Endorsement
from ledger.clock import TOLERANCE
from ledger.people import GrantedAuthority, Person
from ledger.transparency import EventRecord, LogError
from ledger.transparency.source import tile_reader
from ledger.transparency.tiles import WIDTH

Stage = Literal["hashes", "rules", "proofs", "views"]
STAGES: tuple[Stage, ...] = ("hashes", "rules", "proofs", "views")

_SHARE = 40
_FEW = 20
"""Bundles in a task, and in a log that is not worth starting processes for."""

_MOST = 1000
"""Divergences that one task tells."""

Progress = Callable[[Stage, int, int], None]
"""Hears how many events of a stage are done, and of how many; each group of read models counts
them all."""


@dataclass(frozen=True)
class Task:
    """One stage's work on the bundles from ``first`` up to ``last``; of read models, on those
    called ``views``."""

    stage: Stage
    first: int
    last: int
    size: int
    now: datetime
    views: tuple[str, ...] = ()
    bounds: tuple[Bound, ...] = ()


@dataclass
class Outcome:
    """What a task came to; ``reached`` is False where the source has not what it needs."""

    stage: Stage
    divergences: list[Divergence] = field(default_factory=list)
    reached: bool = True
    done: int = 0
    closed: int = 0
    misdated: list[Divergence] = field(default_factory=list)
    unfinished: list[Divergence] = field(default_factory=list)
    evidence: list[Divergence] = field(default_factory=list)
    pieces: int = 0
    notes: list[str] = field(default_factory=list)


def tasks_for(
    size: int, now: datetime, views: Sequence[str], bounds: Sequence[Bound], jobs: int
) -> list[Task]:
    """Those that take longest first. ``bounds`` are the checkpoints that events are held to. Read
    models that are rebuilt together read each event once for all of them: as many groups as there
    are processes beside the one that follows the rules."""
    last = bundles_in(size)
    shares = range(0, last, _SHARE)
    groups = max(min(jobs - 1, len(views)), 1)
    together = [tuple(views[first::groups]) for first in range(groups)] if views else []
    return [
        Task("rules", 0, last, size, now, bounds=tuple(bounds)),
        *(Task("views", 0, last, size, now, group) for group in together),
        *(Task("proofs", at, min(at + _SHARE, last), size, now) for at in shares),
        *(Task("hashes", at, min(at + _SHARE, last), size, now) for at in shares),
    ]


def perform_all(
    ledger: Ledger, evidence: Evidence, tasks: Sequence[Task], jobs: int, progress: Progress
) -> list[Outcome]:
    """Every task: in this process, with the opened ``evidence``, for a small log or one core; else
    in ``jobs`` processes that open the ledger for themselves."""
    totals = dict.fromkeys(STAGES, 0)
    for task in tasks:
        totals[task.stage] += min(task.size, task.last * WIDTH) - task.first * WIDTH
    if jobs == 1 or max(task.last for task in tasks) <= _FEW:
        done = dict.fromkeys(STAGES, 0)

        def count(stage: Stage, events: int) -> None:
            done[stage] += events
            progress(stage, done[stage], totals[stage])

        return [perform(evidence, task, count) for task in tasks]
    context = get_context("spawn")
    counts = context.Array("q", len(STAGES))
    with ProcessPoolExecutor(jobs, context, _open_in_process, (ledger, counts)) as pool:
        work = [pool.submit(_perform_in_process, task) for task in tasks]
        while not all(job.done() for job in work):
            for stage, events in zip(STAGES, counts[:], strict=True):
                progress(stage, events, totals[stage])
            time.sleep(0.1)
        return [job.result() for job in work]


def perform(evidence: Evidence, task: Task, count: Callable[[Stage, int], None]) -> Outcome:
    """One task."""
    found = Outcome(task.stage)
    for divergence in _DOING[task.stage](evidence, task, found, lambda n: count(task.stage, n)):
        found.divergences.append(divergence)
        if len(found.divergences) == _MOST:
            break
    return found


_Count = Callable[[int], None]


def _hashes(e: Evidence, task: Task, _found: Outcome, count: _Count) -> Iterator[Divergence]:
    read = tile_reader(e.source)
    for number in range(task.first, task.last):
        events = None
        if e.mapper is not None:
            try:
                events = e.bundle(number)
            except (LookupError, LogError) as error:
                words = f"it cannot be read: {error}"
                yield Divergence(number * WIDTH, "event-missing", f"bundle {number}", words)
        yield from check_bundle(read, task.size, number, events)
        count(min(WIDTH, task.size - number * WIDTH))


def _rules(e: Evidence, task: Task, found: Outcome, count: _Count) -> Iterator[Divergence]:
    if e.mapper is None:
        found.reached = False
        return
    chronology = Chronology(task.bounds)
    examiner = Examiner(
        COMMANDS,
        lambda history: GrantedAuthority(history, {}),
        PROCESSES,
        EDITIONS,
        Statements(e.opened).check,
        chronology,
    )
    for record in _all_events(e, task, found):
        try:
            event = e.mapper.to_domain_event(record.stored)
        except Exception as error:  # whatever a stranger may have written there
            words, at = f"it cannot be read: {type(error).__name__}", record.position
            yield Divergence(at, "event-changed", f"event {at}", words)
            continue
        for at, words in examiner.examine(record.position, event):
            yield Divergence(at, "rule-broken", f"event {at}", words)
        found.done += 1
        if found.done % WIDTH == 0:
            count(WIDTH)
    for at, words in examiner.finish():
        yield Divergence(at, "rule-broken", f"event {at}", words)
    found.misdated = list(islice(chronology.divergences(), _MOST))
    found.notes = list(chronology.notes())


def _proofs(e: Evidence, task: Task, found: Outcome, count: _Count) -> Iterator[Divergence]:
    soon = task.now + TOLERANCE  # time stands still where a clock is a little behind the ledger
    audit = e.credentials(soon) if e.mapper is not None else None
    if audit is None or e.mapper is None:
        found.reached = False
        return
    for number in range(task.first, task.last):
        for record in _events_of(e, number, task.size):
            at = record.position
            if record.topic in _WITH_CREDENTIAL:
                try:
                    problem = audit.problem(e.mapper.to_domain_event(record.stored))
                except Exception as error:  # told by the rules too, where its place is
                    problem = f"it cannot be read: {type(error).__name__}"
                if problem is not None:
                    yield Divergence(at, "credential-invalid", f"event {at}", problem)
            elif record.topic == _EVIDENCE and e.has_vault:
                found.pieces += 1
                found.evidence += _kept_badly(e, record)
            elif record.topic == _ERASED and _still_opens(e, record):
                words = "the log says erased, and the vault still opens the name"
                found.unfinished.append(Divergence(at, "erasure-unfinished", f"event {at}", words))
        count(min(WIDTH, task.size - number * WIDTH))
    found.done, found.closed = audit.checked, audit.closed


def _kept_badly(e: Evidence, record: EventRecord) -> Iterator[Divergence]:
    assert e.mapper is not None
    with suppress(KeyLost, ValueError, KeyError, TypeError):  # no event of ours: the rules tell
        added: Any = e.mapper.to_domain_event(record.stored)
        kind = e.evidence_problem(added)
        if kind is not None:
            place, words = f"event {record.position}", f"the evidence of part {added.part}"
            said = "is not there" if kind == "evidence-missing" else "is not what was sealed"
            yield Divergence(record.position, kind, place, f"{words} {said}")


def _still_opens(e: Evidence, record: EventRecord) -> bool:
    with suppress(Exception):  # a person whose events make no sense: the rules tell
        return e.still_opens(record.thing)
    return False


_WITH_CREDENTIAL = {get_topic(kind) for kind in (Award.Issued, Award.Renewed, Endorsement.Issued)}
_ERASED = get_topic(Person.Erased)
_EVIDENCE = get_topic(Submission.EvidenceAdded)


def _views(e: Evidence, task: Task, _found: Outcome, count: _Count) -> Iterator[Divergence]:
    reached = 0

    def progress(position: int) -> None:
        nonlocal reached
        count(position - reached)
        reached = position

    yield from e.compare_views(task.views, progress)


def _all_events(e: Evidence, task: Task, found: Outcome) -> Iterator[EventRecord]:
    for number in range(task.first, task.last):
        yield from _events_of(e, number, task.size)
    try:
        yield from e.tail(task.size)
    except LogError as error:
        found.divergences.append(
            Divergence(task.size, "event-changed", "what is not signed yet", str(error))
        )


def _events_of(e: Evidence, number: int, size: int) -> Iterator[EventRecord]:
    """A bundle's events; none where it cannot be read, which the hashes tell."""
    try:
        records = e.bundle(number).records
    except (LookupError, LogError):
        return
    for position in sorted(records):
        if position < size:
            yield records[position]


_DOING: dict[Stage, Any] = {
    "hashes": _hashes,
    "rules": _rules,
    "proofs": _proofs,
    "views": _views,
}

_evidence: Evidence | None = None
_counts: Any = None


def _open_in_process(ledger: Ledger, counts: Any) -> None:
    global _evidence, _counts
    _evidence, _counts = ledger.open(), counts


def _perform_in_process(task: Task) -> Outcome:
    assert _evidence is not None
    return perform(_evidence, task, _count_in_process)


def _count_in_process(stage: Stage, events: int) -> None:
    with _counts.get_lock():
        _counts[STAGES.index(stage)] += events
