"""``testamur audit``: everything checked that can be checked, with every core."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from api.audit.evidence import Evidence, ExportedLedger, Ledger, LiveLedger, PublishedLog
from api.audit.work import STAGES, Outcome, Progress, Stage, perform_all, tasks_for
from ledger.audit.chronology import Bound
from ledger.audit.log import check_history, check_root, check_upper_tiles
from ledger.audit.report import AuditReport, Divergence
from ledger.clock import TOLERANCE
from ledger.transparency import Checkpoint, LogError, Note, VerifierKey
from ledger.transparency.source import signed_checkpoint, tile_reader
from projections.transparency import SignedCheckpoint

__all__ = ["STAGES", "ExportedLedger", "LiveLedger", "PublishedLog", "audit"]

_IN_TILES = ("tile-changed", "tile-missing", "tile-inserted", "entry-changed")


def audit(
    ledger: Ledger,
    log: VerifierKey,
    now: datetime,
    *,
    against: Sequence[Checkpoint] = (),
    witnesses: Sequence[VerifierKey] = (),
    progress: Progress = lambda _stage, _done, _of: None,
    jobs: int | None = None,
) -> AuditReport:
    """The whole audit. ``against`` are checkpoints that the auditor kept from earlier; ``jobs``
    processes, or as many as there are cores. Nothing is written."""
    evidence = ledger.open()
    try:
        try:
            checkpoint, note = signed_checkpoint(evidence.source, log)
        except LogError as error:
            report = AuditReport(log.name, 0)
            wrong = Divergence(0, "checkpoint-unsigned", "checkpoint", str(error))
            report.judge("log.checkpoint", [wrong], "")
            return report
        report = AuditReport(checkpoint.origin, checkpoint.size)
        bounds = _check_checkpoints(report, evidence, log, checkpoint, note, against, witnesses)
        cores = jobs or os.cpu_count() or 1
        tasks = tasks_for(checkpoint.size, now, evidence.views, bounds, cores)
        outcomes = perform_all(ledger, evidence, tasks, cores, progress)
        _judge(report, outcomes, has_vault=evidence.has_vault)
        return report
    finally:
        evidence.close()


def _check_checkpoints(
    report: AuditReport,
    evidence: Evidence,
    log: VerifierKey,
    checkpoint: Checkpoint,
    note: Note,
    against: Sequence[Checkpoint],
    witnesses: Sequence[VerifierKey],
) -> list[Bound]:
    """What is quick: signatures, the tree above the leaves, and growth. Gives the checkpoints as
    bounds of time."""
    read = tile_reader(evidence.source)
    held: list[SignedCheckpoint] = []
    wrong = []
    try:
        held = evidence.checkpoints(note)
    except LogError as error:
        wrong.append(Divergence(0, "checkpoint-missing", "checkpoints", str(error)))
    notes = [note, *(item.note for item in held)]
    earlier = list(against)
    for old in notes[1:]:
        try:
            found = Checkpoint.parse(old.text)
            if old.signed_by(log) is None:
                raise LogError("it is not signed by the log")
        except LogError as error:
            wrong.append(Divergence(0, "checkpoint-changed", "checkpoint", str(error)))
        else:
            earlier.append(found)
    report.judge("log.checkpoint", wrong, f"{log.name}, {checkpoint.size} events")
    edge = [*check_root(read, checkpoint), *check_upper_tiles(read, checkpoint.size)]
    strays = [
        Divergence(checkpoint.size, "tile-inserted", place, "it is no part of the signed tree")
        for place in evidence.strays(checkpoint.size)
    ]
    report.judge("log.tiles", [*edge, *strays], "")
    if earlier:
        words = f"it continues {len(earlier)} earlier checkpoints"
        report.judge("log.history", check_history(read, checkpoint, earlier), words)
    else:
        report.skip("log.history", "no earlier checkpoint is at hand")
    _check_cosignatures(report, notes, witnesses)
    return [
        Bound(item.size, item.signed, min([item.signed, *_witnessed(item.note, witnesses)]))
        for item in held
    ]


def _witnessed(note: Note, witnesses: Sequence[VerifierKey]) -> Iterator[datetime]:
    """When each witness that is known here has cosigned."""
    for witness in witnesses:
        with suppress(LogError):  # a wrong one is told where cosignatures are checked
            if (signature := note.signed_by(witness)) is not None:
                yield datetime.fromtimestamp(signature.time, UTC)


def _check_cosignatures(
    report: AuditReport, notes: Sequence[Note], witnesses: Sequence[VerifierKey]
) -> None:
    wrong, good = [], 0
    for note in notes:
        for witness in witnesses:
            try:
                good += note.signed_by(witness) is not None
            except LogError as error:
                wrong.append(Divergence(0, "cosignature-wrong", witness.name, str(error)))
    if wrong or good:
        report.judge("log.cosignatures", wrong, f"{good} by witnesses that are known here")
    else:
        report.skip("log.cosignatures", "no witness that is known here has cosigned")


def _judge(report: AuditReport, outcomes: Sequence[Outcome], *, has_vault: bool) -> None:
    """The long checks' answers."""
    by_stage: dict[Stage, list[Outcome]] = {
        stage: [outcome for outcome in outcomes if outcome.stage == stage] for stage in STAGES
    }
    divergences = {
        stage: [d for outcome in found for d in outcome.divergences]
        for stage, found in by_stage.items()
    }
    hashes = divergences["hashes"]
    in_tiles = [d for d in hashes if d.kind in _IN_TILES]
    report.judge("log.tiles", in_tiles, "every entry and every tile fits the next")
    rules, views, proofs = (by_stage[stage] for stage in ("rules", "views", "proofs"))
    if rules[0].reached:
        events = [d for d in hashes if d.kind not in _IN_TILES]
        report.judge("events.entries", events, f"{report.size} events")
        report.judge(
            "events.rules", divergences["rules"], f"{rules[0].done} events decided once more"
        )
        report.judge("events.times", rules[0].misdated, f"within {TOLERANCE.seconds} s")
        report.notes += rules[0].notes
    else:
        for check in ("events.entries", "events.rules", "events.times"):
            report.skip(check, "the events are not at hand: only their hashes are")
    if proofs and all(outcome.reached for outcome in proofs):
        done, closed = (sum(getattr(o, name) for o in proofs) for name in ("done", "closed"))
        words = f"{done} credentials; {closed} more are erased or not at hand"
        report.judge("credentials.proof", divergences["proofs"], words)
    else:
        report.skip("credentials.proof", "the credentials are not at hand")
    if has_vault and proofs and all(outcome.reached for outcome in proofs):
        wrong = [d for outcome in proofs for d in outcome.evidence]
        pieces = sum(outcome.pieces for outcome in proofs)
        report.judge("evidence.kept", wrong, f"{pieces} pieces")
        unfinished = [d for outcome in proofs for d in outcome.unfinished]
        report.judge("erasures.finished", unfinished, "")
    else:
        report.skip("evidence.kept", "the evidence is not at hand")
        report.skip("erasures.finished", "the vault is not at hand")
    if views:
        report.judge("views.rows", divergences["views"], "every row is what a rebuild gives")
    else:
        report.skip("views.rows", "the source has no read models")
