"""Whoever can sign the log anew alters one field of one event: the audit names it.

Every field of every kind of event is named, since each event of a command repeats the digest of all
that the command was given and found; only its nonce, which is random, is no part of that.

Who makes that digest again as well, in each event of the command, has written another history. The
rules name it all the same, but for four kinds of alteration that nothing in the log tells from what
might have happened (``LAWFUL``, with each field that is of them):

- other private words, which are sealed and which nobody opens here;
- another input that the rules allow at that place, or another draw;
- what the founding event says of the home folder, with which every opening compares it;
- what the operator says of the time.

Whoever holds an older checkpoint finds those too (docs/decisions/0020).
"""

from __future__ import annotations

import copy
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from api.audit import audit
from api.audit.evidence import Evidence, LiveEvidence
from api.capabilities import NEWEST_POLICY
from api.wiring import Testamur as Deployed
from keys.vault import Sealed
from ledger.aggregate import PublicEvent
from ledger.deployment import DEPLOYMENT_ID, Deployment
from ledger.value import Value
from tests.ledger.whole_log import (
    SECOND_EDITION,
    credential_audit,
    digested_again,
    events_of,
    examined,
    examiner_of,
    is_named,
    missing_kinds,
    write_every_kind,
)
from tests.world import World

_PRIVATE = "private text, which nobody opens here: other words are as lawful"
_INPUT = "another lawful input"
_FURTHER = "a checkpoint that is not at hand may have been further ahead"
_HOME = "compared with what lies in the home folder whenever the ledger is opened"

LAWFUL: dict[str, str] = {
    "AccessToken.Issued.expires": f"{_INPUT}, within its limits",
    "AccessToken.Issued.label.box": _PRIVATE,
    "Account.CredentialAdded.label.box": _PRIVATE,
    "Account.CredentialAdded.value.box": _PRIVATE,
    "Account.CredentialRenamed.label.box": _PRIVATE,
    "Account.Locked.until": f"{_INPUT}: how long the deployment tries no password",
    "Account.SignedIn.count": f"{_INPUT}: what the passkey says",
    "Account.SignedIn.failed": f"{_INPUT}: failures are counted in rows",
    "Account.SignedIn.place.box": _PRIVATE,
    "Award.Reinstated.note.box": _PRIVATE,
    "Award.Renewed.note.box": _PRIVATE,
    "Award.Revoked.note.box": _PRIVATE,
    "Award.Revoked.reason": f"{_INPUT}: another reason out of the closed list",
    "Award.Suspended.note.box": _PRIVATE,
    "Award.Suspended.reason": f"{_INPUT}: another reason out of the closed list",
    "Clock.PutRight.ledger_time": _FURTHER,
    "Clock.PutRight.timestamp": "the operator says what time it is",
    "Clock.PutRightAgain.ledger_time": _FURTHER,
    "Clock.PutRightAgain.timestamp": "the operator says what time it is",
    "CommandReceipt.Given.originator_id": "made from the client's key, which no event holds",
    "CommandReceipt.Given.request": "made from the client's key and private text",
    "Deployment.Founded.keys": _HOME,
    "Deployment.Founded.log": _HOME,
    "Deployment.Founded.vault.box": _HOME,
    "Deployment.Founded.vault.field": _HOME,
    "Deployment.Founded.vault.subject": _HOME,
    "Endorsement.Issued.kind": f"{_INPUT}: what the endorser says that it is about",
    "Endorsement.Withdrawn.reason.box": _PRIVATE,
    "Invitation.Sent.expires": f"{_INPUT}, within its limits",
    "Organization.Registered.name": f"{_INPUT}, of a unit that no document names",
    "Person.Erased.ground": f"{_INPUT}, where nobody proposed it",
    "Person.Registered.email.box": f"{_PRIVATE}, of a person without a badge",
    "Person.Registered.handle": "drawn",
    "Person.Registered.home": f"{_INPUT}: another unit of the registrar's",
    "Person.Registered.name.box": _PRIVATE,
    "Person.RoleGranted.role": f"{_INPUT}, of a role that was never used",
    "Person.RoleGranted.unit": f"{_INPUT}, of a role that was never used",
    "Proposal.Made.reason.box": _PRIVATE,
    "Proposal.Made.thing": f"{_INPUT}: somebody else, whose erasure was proposed and refused",
    "Proposal.Refused.reason.box": _PRIVATE,
    "Proposal.Stopped.reason.box": _PRIVATE,
    "Review.Completed.feedback": _PRIVATE,
    "ShareLink.Made.awards": f"{_INPUT}: other badges of the same person",
    "ShareLink.Made.expires": f"{_INPUT}, within its limits",
    "ShareLink.Made.label.box": _PRIVATE,
    "ShareLink.Made.named": f"{_INPUT}: whether the name is shown",
    "Submission.AppealOverturned.reason.box": _PRIVATE,
    "Submission.AppealUpheld.reason.box": _PRIVATE,
    "Submission.Appealed.grounds.box": _PRIVATE,
    "Submission.EvidenceAdded.size": "told by the sealed file, which need not be at hand",
}
"""The fields, or the parts of them, of which some other value is as lawful, and why."""

Place = tuple[int, Any]

_EVENTS = "stored_events"


@dataclass(frozen=True)
class Opened:
    """A deployment that is open already, as a source of an audit."""

    app: Deployed

    def open(self) -> Evidence:
        return LiveEvidence(self.app)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    built = World.build(Path(tmp_path_factory.mktemp("whole")) / "home")
    write_every_kind(built)
    yield built
    built.app.close()


@pytest.fixture(scope="module")
def events(world: World) -> list[Any]:
    return events_of(world)


def test_every_kind_of_event_happened_and_none_is_a_breach(world: World, events: list[Any]) -> None:
    assert not missing_kinds(events)
    assert examined(world, events) == []
    audit = credential_audit(world)
    assert [problem for event in events if (problem := audit.problem(event))] == []


def test_a_field_that_is_altered_is_named(world: World, events: list[Any]) -> None:
    """The first and the last event of each kind under each command, each field in several ways."""
    unnamed = _unnamed(world, events, _first_and_last(events), digested=False)
    assert not unnamed, "\n".join(f"{place}: {said}" for place, said in sorted(unnamed.items()))


def test_a_field_that_is_altered_with_its_digest_is_named_or_another_lawful_history(
    world: World, events: list[Any]
) -> None:
    unnamed = _unnamed(world, events, _one_of_each(events), digested=True)
    strange = {place: said for place, said in unnamed.items() if place not in LAWFUL}
    assert not strange, "\n".join(f"{place}: {said}" for place, said in sorted(strange.items()))
    assert unnamed.keys() >= LAWFUL.keys(), "it is named by now: take it off the list"


def test_the_audit_names_an_alteration_of_each_kind_in_a_log_that_is_signed_anew(
    world: World, events: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole audit, over the stored events, with a tree and checkpoints made over the altered
    ones by the log's own key."""
    monkeypatch.setattr("api.audit.work.EDITIONS", [NEWEST_POLICY, SECOND_EDITION])
    assert _audited(world, tmp_path / "untouched", None) == []
    kinds: dict[type, Place] = {}
    for position, event in enumerate(events):
        kinds.setdefault(type(event), (position, event))
    for number, (position, event) in enumerate(kinds.values()):
        altered = _altered(event, *_plain_alteration(event, events))
        found = _audited(world, tmp_path / f"{number}", (position, altered))
        around = _of_its_command(events, position)
        named = [kind for at, kind in found if at in around]
        assert {"rule-broken", "credential-invalid"}.intersection(named), (altered, found)


def _plain_alteration(event: Any, events: list[Any]) -> tuple[str, Any]:
    """A field of this kind's own and another value for it; of a kind that says nothing of its own,
    and of what opening the ledger compares, who did it."""
    own = event.__dict__.keys() - {*_SAID_BY_ALL, "originator_topic"}
    if isinstance(event, PublicEvent):
        return "timestamp", event.timestamp + timedelta(seconds=1)
    if not own or isinstance(event, Deployment.Founded):
        return "acting_role", "auditor"
    name = min(own)
    return name, next(value for _, value in _others(event, name, events))


_SAID_BY_ALL = (
    *("originator_id", "originator_version", "timestamp", "actor", "acting_role", "acting_unit"),
    *("command", "command_id", "cause", "inputs", "nonce"),
)


def _of_its_command(events: list[Any], position: int) -> list[int]:
    whose = getattr(events[position], "command_id", None)
    if whose is None:  # a public event, which stands among its command's
        return [position - 1, position]
    return [at for at, e in enumerate(events) if getattr(e, "command_id", None) == whose]


def _audited(world: World, home: Path, changed: Place | None) -> list[tuple[int, str]]:
    """What the audit says of this ledger with one event changed and the log signed anew."""
    home.mkdir()
    ours = world.app.settings.home
    for name in ("vault.db", "keys.json"):
        shutil.copy(ours / name, home / name)
    (home / "evidence").symlink_to(ours / "evidence")
    with (
        closing(sqlite3.connect(ours / "testamur.db")) as from_,
        closing(sqlite3.connect(home / "testamur.db")) as to,
    ):
        from_.backup(to)
        if changed is not None:
            position, event = changed
            stored = world.app.store.mapper.to_stored_event(event)
            to.execute(
                f"UPDATE {_EVENTS} SET originator_id = ?, originator_version = ?, state = ? "
                "WHERE rowid = ?",
                (stored.originator_id.hex, stored.originator_version, stored.state, position + 1),
            )
            to.commit()
    settings = world.app.settings.model_copy(update={"home": home})
    deployment = world.app.store.read(Deployment, DEPLOYMENT_ID, "deployment")
    app = Deployed.around(settings, world.app.keys, world.clock, deployment)
    app.log.checkpoint()
    later = world.clock.now + timedelta(days=9999)  # a clock was ahead, and was put right
    report = audit(Opened(app), app.log.verifier, later, jobs=1)
    shutil.rmtree(home)
    return [(d.position, d.kind) for d in report.divergences]


def _unnamed(
    world: World, events: list[Any], places: list[Place], *, digested: bool
) -> dict[str, list[str]]:
    """The fields, or parts of fields, of which an altered value is not named; ``digested`` where
    whoever alters it makes the command's digest again."""
    unnamed: dict[str, list[str]] = {}
    opened = cache(world.app.vault.open)
    credentials = credential_audit(world)

    def named(position: int, altered: Any) -> bool:
        log = [*events[:position], altered, *events[position + 1 :]]
        if digested:
            log = digested_again(log, position)
        return (
            is_named(examiner_of(opened, SECOND_EDITION), log, position)
            or credentials.problem(altered) is not None
        )

    for position, event in places:
        assert not named(position, event)
        for name in sorted(event.__dict__.keys() - {"nonce"}):  # which is random
            if digested and name == "command_id" and not _has_company(events, position):
                continue  # random as well; of several events, all have the same
            if digested and name == "inputs":
                continue
            for field, value in _others(event, name, events):
                if not named(position, _altered(event, name, value)):
                    place = f"{type(event).__qualname__}.{field}"
                    words = f"{getattr(event, 'command', '')} {position}: {value}"
                    unnamed.setdefault(place, []).append(words[:150])
    return unnamed


def _one_of_each(events: list[Any]) -> list[Place]:
    """The first event of each kind under each command."""
    first: dict[tuple[type, str], Place] = {}
    for position, event in enumerate(events):
        first.setdefault((type(event), getattr(event, "command", "")), (position, event))
    return list(first.values())


def _first_and_last(events: list[Any]) -> list[Place]:
    """The first event of each kind under each command, and the last."""
    last = {(type(event), getattr(event, "command", "")): at for at, event in enumerate(events)}
    places = dict(_one_of_each(events)) | {at: events[at] for at in last.values()}
    return sorted(places.items(), key=lambda place: place[0])


def _altered(event: Any, name: str, value: Any) -> Any:
    altered = copy.copy(event)
    altered.__dict__[name] = value
    return altered


def _has_company(events: list[Any], position: int) -> bool:
    """Whether its command recorded more events that tell of it."""
    whose = events[position].command_id
    return [getattr(event, "command_id", None) for event in events].count(whose) > 1


def _others(event: Any, name: str, events: list[Any]) -> Iterator[tuple[str, Any]]:
    """Plausible other values of a field, each under the name of the field or of the part of it that
    is another: what the same field has elsewhere, and what is made up."""
    value = event.__dict__[name]
    known = []
    for other in events:
        found = other.__dict__.get(name) if type(other) is type(event) else None
        if found is not None and found != value and found not in known:
            known.append(found)
    if isinstance(value, Sealed):
        yield f"{name}.subject", replace(value, subject=uuid4())
        yield f"{name}.field", replace(value, field="person.phone")
        yield f"{name}.box", replace(value, box=value.box[:-8] + "AAAAAAA=")
        return
    if name == "timestamp":
        yield name, value + timedelta(days=30)
        yield name, value - timedelta(days=30)
        return
    for found in known[:2]:
        yield name, found
    if isinstance(value, Value):
        for field in type(value).model_fields:
            for other in _made_up(getattr(value, field)):
                yield f"{name}.{field}", value.model_copy(update={field: other})
    elif isinstance(value, dict):
        for key, held in value.items():
            yield f"{name}.{key}", {k: v for k, v in value.items() if k != key}
            for other in _made_up(held):
                yield f"{name}.{key}", {**value, key: other}
        yield name, {**value, "further": next(iter(value.values()), "x")}
    elif value is None and not known:
        yield name, _of_nothing(name, events)
    else:
        for other in _made_up(value):
            yield name, other


def _made_up(value: Any) -> Iterator[Any]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, UUID):
        yield uuid4()
    elif isinstance(value, int):
        yield value + 1
    elif isinstance(value, str):
        yield f"{value}x"
    elif isinstance(value, datetime):
        yield value + timedelta(days=1)
    elif isinstance(value, tuple | list) and value:
        yield value[1:]
    elif isinstance(value, Sealed):
        yield replace(value, subject=uuid4())
    elif isinstance(value, Value):
        field = next(iter(type(value).model_fields))
        yield value.model_copy(update={field: next(_made_up(getattr(value, field)))})


def _of_nothing(name: str, events: list[Any]) -> Any:
    """For a field that is empty: what a field of that name has in any event."""
    found = (event.__dict__.get(name) for event in events)
    return next((value for value in found if value is not None), uuid4())
