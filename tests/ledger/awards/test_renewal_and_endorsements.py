"""Awards that are renewed, and what organizations say of each other's achievements."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from badges import CREDENTIALS_V2, OPEN_BADGES_3
from badges.document import parse_time
from badges.model import utc_text
from badges.proofs.data_integrity import add_proof
from badges.proofs.vc_jwt import credential_as_jwt
from badges.verification import Verifier
from keys import did_key
from ledger.awards import (
    AcceptEndorsement,
    DropEndorsement,
    IssueEndorsement,
    RenewAward,
    RevokeAward,
    WithdrawEndorsement,
)
from ledger.context import Caller
from ledger.errors import Invalid, NotPermitted, RuleBroken
from ledger.people import NETWORK_ID
from tests.badges.issuers import JoseKey, Key, Shelf
from tests.world import World, definition


def badge(world: World, award: UUID) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(world.app.publishing.badge(award) or b"")
    return found


@pytest.fixture
def ending(world: World) -> UUID:
    """An award that ends after a year."""
    return world.award(micro=world.publish(definition(name="Ends", valid_months=12)))


def test_a_renewed_award_is_the_same_credential_and_holds_longer(
    world: World, ending: UUID
) -> None:
    before = badge(world, ending)
    world.do(world.manager, RenewAward(award=ending, note="Observed again in spring."))
    after = badge(world, ending)
    for name in ("id", "awardedDate", "credentialSubject", "credentialStatus", "evidence"):
        assert after[name] == before[name], name
    assert parse_time(after["validFrom"]) > parse_time(before["validFrom"])
    assert parse_time(after["validUntil"]) == parse_time(before["validUntil"]).replace(year=2028)
    assert world.app.verifying.verifier().verify(json.dumps(after)).verified


def test_an_expired_badge_is_verified_in_its_renewed_version(world: World, ending: UUID) -> None:
    """The holder shows the old file; the issuer's refresh service has the new one (A17)."""
    held = world.app.publishing.badge(ending) or b""
    later = world.clock.now + timedelta(days=400)
    own = world.app.verifying.verifier().loader
    expired = Verifier(own, later).verify(held)
    assert expired.outcome == "expired"
    assert {c.id: c.status for c in expired.checks}["document.refresh"] == "warning"
    world.do(world.manager, RenewAward(award=ending, note="Observed again."))
    world.app.views.catch_up()
    found = Verifier(own, later).verify(held)
    assert found.verified, found
    assert {c.id: c.status for c in found.checks}["document.refresh"] == "passed"
    assert found.summary["validUntil"] == badge(world, ending)["validUntil"]
    altered = held.replace(b"Ends", b"Endz")
    assert Verifier(own, later).verify(altered).outcome == "altered"


def test_what_cannot_be_renewed(world: World, ending: UUID) -> None:
    order = world.manager
    with pytest.raises(RuleBroken, match="no end"):
        world.do(order, RenewAward(award=world.award(), note="Note."))
    with pytest.raises(NotPermitted):
        world.do(world.educator, RenewAward(award=ending, note="Note."))
    world.do(order, RevokeAward(award=ending, reason="integrity", note="Copied."))
    with pytest.raises(RuleBroken, match="revoked"):
        world.do(order, RenewAward(award=ending, note="Note."))


def test_a_renewed_award_still_bars_a_second_one(world: World) -> None:
    micro = world.publish(definition(name="Ends", valid_months=1))
    first = world.award(micro=micro)
    world.do(world.manager, RenewAward(award=first, note="Still practised."))
    world.clock.now += timedelta(days=45)
    with pytest.raises(RuleBroken, match="live award"):
        world.award(micro=micro)
    world.clock.now += timedelta(days=45)
    world.award(micro=micro)
    with pytest.raises(RuleBroken, match="later award"):
        world.do(world.manager, RenewAward(award=first, note="Too late."))


def test_our_endorsement_verifies_until_it_is_withdrawn(world: World) -> None:
    target = world.app.site.badge(world.award())
    given = world.do(
        world.administrator,
        IssueEndorsement(
            endorser=NETWORK_ID, target=target, kind="award", comment="Saw the lesson myself."
        ),
    )
    data = world.app.publishing.endorsement(given.id) or b""
    document = json.loads(data)
    assert document["credentialSubject"]["id"] == target
    world.app.views.catch_up()
    assert world.app.verifying.verifier().verify(data).verified
    order = world.administrator
    world.do(order, WithdrawEndorsement(endorsement=given.id, reason="Was mistaken."))
    world.app.views.catch_up()
    assert world.app.verifying.verifier().verify(data).outcome == "revoked"
    with pytest.raises(RuleBroken, match="withdrawn already"):
        world.do(order, WithdrawEndorsement(endorsement=given.id, reason="Again."))


def test_endorsing_nothing_or_without_the_role_is_refused(world: World) -> None:
    def issue(caller: Caller, unit: UUID, target: str) -> None:
        word = IssueEndorsement(endorser=unit, target=target, kind="issuer", comment="Good.")
        world.do(caller, word)

    with pytest.raises(Invalid):
        issue(world.administrator, NETWORK_ID, "not an id")
    with pytest.raises(NotPermitted):
        issue(world.educator, world.campus, "did:web:x.example.org")


class University:
    """Somebody else, who endorses what we publish."""

    def __init__(self) -> None:
        self.key = Key()

    def word_for(self, target: str, until: datetime | None = None) -> str:
        now = datetime(2026, 1, 1, tzinfo=UTC)
        document: dict[str, Any] = {
            "@context": [CREDENTIALS_V2, OPEN_BADGES_3],
            "id": f"urn:uuid:{uuid4()}",
            "type": ["VerifiableCredential", "EndorsementCredential"],
            "name": "Endorsement",
            "issuer": {"id": self.key.did, "type": ["Profile"], "name": "State University"},
            "validFrom": utc_text(now),
            "credentialSubject": {"id": target, "type": ["EndorsementSubject"]},
        }
        if until is not None:
            document["validUntil"] = utc_text(until)
        return json.dumps(add_proof(document, self.key, now))


@pytest.mark.parametrize("form", ["embedded", "jwt"])
def test_an_accepted_endorsement_travels_in_the_badge(world: World, form: str) -> None:
    order, university = world.manager, University()
    achievement = world.app.site.achievement(world.micro, 1)
    word = university.word_for(achievement)
    if form == "jwt":
        jose = JoseKey(key_url="")
        did = did_key(jose.private.public_key())
        jose.key_url = f"{did}#{did.rpartition(':')[2]}"
        unsigned = {k: v for k, v in json.loads(word).items() if k != "proof"}
        unsigned["issuer"]["id"] = did
        word = credential_as_jwt(unsigned, jose)
    world.do(order, AcceptEndorsement(micro_credential=world.micro, number=1, credential=word))
    data = world.app.publishing.badge(world.award()) or b""
    shown = json.loads(data)["credentialSubject"]["achievement"]
    assert shown["endorsementJwt" if form == "jwt" else "endorsement"] == [
        word if form == "jwt" else json.loads(word)
    ]
    world.app.views.catch_up()
    report = world.app.verifying.verifier().verify(data)
    assert report.verified
    assert [at.partition("[")[0].rpartition(".")[2] for at, _ in report.inside] == [
        "endorsementJwt" if form == "jwt" else "endorsement"
    ]
    assert all(inside.verified for _, inside in report.inside)


def test_only_an_endorsement_that_verifies_and_is_of_this_is_accepted(world: World) -> None:
    order, university = world.manager, University()

    def accept(caller: Caller, micro: UUID, number: int, word: str) -> None:
        command = AcceptEndorsement(micro_credential=micro, number=number, credential=word)
        world.do(caller, command)

    with pytest.raises(Invalid, match="does not endorse"):
        accept(order, world.micro, 1, university.word_for("https://elsewhere.example.org/1"))
    word = university.word_for(world.app.site.achievement(world.micro, 1))
    with pytest.raises(Invalid, match="does not verify"):
        accept(order, world.micro, 1, word.replace("State", "Stole"))
    with pytest.raises(Invalid):
        accept(order, world.micro, 1, "nonsense")
    with pytest.raises(RuleBroken):
        accept(order, world.micro, 2, word)
    with pytest.raises(NotPermitted):
        accept(world.educator, world.micro, 1, word)


def test_an_endorsement_ends_and_can_be_dropped(world: World) -> None:
    order, university = world.manager, University()
    achievement = world.app.site.achievement(world.micro, 1)
    soon = world.clock.now + timedelta(days=2)
    world.do(
        order,
        AcceptEndorsement(
            micro_credential=world.micro,
            number=1,
            credential=university.word_for(achievement, soon),
        ),
    )
    world.do(
        order,
        AcceptEndorsement(
            micro_credential=world.micro, number=1, credential=University().word_for(achievement)
        ),
    )

    def carried() -> int:
        data = badge(world, world.award(world.person("educator", world.campus)))
        return len(data["credentialSubject"]["achievement"].get("endorsement", []))

    assert carried() == 2
    world.clock.now += timedelta(days=3)
    assert carried() == 1
    with pytest.raises(RuleBroken):
        world.do(
            order,
            DropEndorsement(
                micro_credential=world.micro, number=1, endorser="did:web:nobody.example.org"
            ),
        )
    kept = badge(world, world.award(world.person("educator", world.campus)))
    endorser = kept["credentialSubject"]["achievement"]["endorsement"][0]["issuer"]["id"]
    world.do(order, DropEndorsement(micro_credential=world.micro, number=1, endorser=endorser))
    assert carried() == 0


def test_an_endorsement_that_fails_warns_and_fails_nothing(world: World) -> None:
    """It is another's word: the badge itself stays what it is."""
    university = University()
    word = university.word_for(world.app.site.achievement(world.micro, 1))
    world.do(
        world.manager, AcceptEndorsement(micro_credential=world.micro, number=1, credential=word)
    )
    document = badge(world, world.award())
    del document["proof"]
    key = Key()
    document["issuer"]["id"] = key.did
    del document["credentialStatus"]
    shown = document["credentialSubject"]["achievement"]["endorsement"][0]
    shown["name"] = "Another name"
    signed = json.dumps(add_proof(document, key, world.clock.now))
    report = Verifier(Shelf(), world.clock.now).verify(signed)
    assert report.verified
    assert {c.id: c.status for c in report.checks}["endorsements"] == "warning"
    assert report.inside[0][1].outcome == "altered"
