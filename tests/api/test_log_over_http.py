"""The log over HTTP: static files for other people's software, a page for people, receipts."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

from api.history import happenings
from api.witness import witness_of
from ledger.awards import RenewAward, RevokeAward
from ledger.people import NETWORK_ID
from ledger.transparency import Receipt, VerifierKey, open_checkpoint
from ledger.transparency.note import sign
from ledger.transparency.tiles import tiles_of
from tests.api.conftest import Api


def test_checkpoint_and_tiles_are_served_as_the_specification_says(api: Api) -> None:
    for _ in range(30):
        api.world.award(api.world.person("educator", api.world.campus))
    api.world.app.log.checkpoint()
    answer = api.client.get("/log/checkpoint")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=2"
    key = VerifierKey.parse(api.client.get("/log/vkey").text)
    checkpoint, _ = open_checkpoint(answer.content, key)
    assert checkpoint.origin == "localhost:8000/log"
    for tile in tiles_of(checkpoint.size):
        answer = api.client.get(f"/log/{tile.path}")
        assert answer.status_code == 200, tile
        assert answer.headers["content-type"] == "application/octet-stream"
        assert "immutable" in answer.headers["cache-control"]
        assert len(answer.content) == tile.width * (34 if "entries" in tile.path else 32)
    assert api.client.head("/log/checkpoint").status_code == 200
    for path in ("tile/0/009", "tile/0/0", "tile/64/000", "tile/00/000", "nothing"):
        answer = api.client.get(f"/log/{path}")
        assert answer.status_code == 404, path
        assert answer.headers["content-type"].startswith("application/problem+json")


def test_the_log_has_a_page(api: Api) -> None:
    api.world.award()
    page = api.client.get("/log", headers={"Accept": "text/html"})
    assert page.status_code == 200
    size = api.world.app.log.size()
    assert f"<dd>{size}</dd>" in page.text
    assert "no witness yet" in page.text


def test_a_badge_has_a_receipt_and_its_page_says_since_when(api: Api) -> None:
    award = api.world.award()
    answer = api.client.get(f"/badges/{award}/receipt")
    receipt = Receipt.parse(answer.content)
    assert receipt.record.topic == "awards.BadgeDigest.Recorded"
    badge = api.client.get(f"/badges/{award}.json").content
    said = json.loads(receipt.record.state)
    assert set(said) == {"digest", "nonce", "originator_topic", "timestamp"}, "nothing of who"
    assert said["digest"] == hashlib.sha256(badge).hexdigest()
    world = api.world
    for known in (award, world.campus, world.educator.person, world.manager.person, world.micro):
        assert str(known) not in answer.text
        assert str(known).replace("-", "") not in answer.text
    receipt.verify(api.world.app.log.verifier)
    page = api.client.get(f"/badges/{award}", headers={"Accept": "text/html"}).text
    assert "in the log since 2026-03-02" in page
    assert f'href="/badges/{award}/receipt"' in page
    assert api.client.get("/badges/00000000-0000-4000-8000-000000000000/receipt").status_code == 404


def test_a_badge_that_the_log_does_not_have_is_told(api: Api) -> None:
    """Signed with our key, past the ledger: genuine to everybody else, forged to us."""
    from badges.document import parse_document, without_proof
    from badges.proofs.data_integrity import add_proof

    app = api.world.app
    award = api.world.award()
    document = without_proof(parse_document(app.publishing.badge(award) or b""))
    other = {**document, "name": "Something else"}
    nowhere = {**document, "id": app.site.badge("00000000-0000-4000-8000-000000000000")}
    for forged, words in ((other, "another badge"), (nowhere, "no such award")):
        signed = add_proof(forged, app.publishing.signer(), app.clock())
        report = api.client.post("/v1/verify", json=signed).json()
        found = {check["id"]: check for check in report["checks"]}
        assert found["proof.signature"]["status"] == "passed"
        assert found["log.inclusion"]["status"] == "failed"
        assert words in found["log.inclusion"]["detail"]
        assert (report["verified"], report["outcome"]) == (False, "forged")


def test_other_forms_and_earlier_versions_of_a_badge_are_in_the_log(api: Api) -> None:
    from tests.world import definition

    world = api.world
    award = world.award(micro=world.publish(definition(name="Ends", valid_months=12)))
    first = world.app.publishing.badge(award)
    token = world.app.publishing.artefact(award, "jwt", "ES256")
    world.do(world.manager, RenewAward(award=award, note="Still done."))
    for data in (
        first,
        token,
        world.app.publishing.badge(award),
        world.app.publishing.artefact(award, "png", "ES256"),
    ):
        assert data is not None
        report = world.app.verifying.verifier().verify(data)
        found = {check.id: check.status for check in report.checks}
        assert found["log.inclusion"] == "passed", report


def test_cosignatures_are_taken_from_witnesses_that_we_know(api: Api) -> None:
    app = api.world.app
    note = app.log.checkpoint().note
    witness = witness_of(app)
    line = sign(note.text, witness.key, witness.sign, 1_700_000_000)
    body = str(note.with_signatures([line])).encode()
    answer = api.client.post("/log/cosignatures", content=body)
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (422, "log-invalid")
    app.settings.witnesses_file.write_text(f"{witness.key.vkey}\n")
    assert api.client.post("/log/cosignatures", content=body).json() == {
        "witnesses": ["localhost:8000/witness"]
    }
    assert api.client.get("/log/checkpoint").content == body
    assert api.client.post("/log/cosignatures", content=b"nonsense").status_code == 422


def test_the_ledger_at_any_time(api: Api) -> None:
    from api.history import as_it_was, position_at
    from projections.awards import profiles

    world = api.world
    before = world.clock.now
    award = world.award()
    middle = world.clock.now
    world.do(world.manager, RevokeAward(award=award, reason="integrity", note="Copied."))
    counted = []
    for time in (before, middle, middle + timedelta(days=1)):
        size = position_at(world.app, time)
        with (
            as_it_was(world.app, size, lambda _: None) as views,
            views.reading() as connection,  # by name it would wait for what came since
        ):
            profile = profiles.of(connection, str(world.educator.person))
            assert profile is not None
            counted.append((profile.earned, profile.revoked))
    assert counted == [(0, 0), (1, 0), (1, 1)]
    told = [h for h in happenings(world.app) if h.kind == "awards.Award.Revoked"]
    assert (told[0].actor, told[0].values["reason"], told[0].values["note"]) == (
        world.manager.person,
        "integrity",
        "Copied.",
    )


def test_erasure_over_the_api(api: Api) -> None:
    """Proposed by one administrator, confirmed by another, carried out by itself a week later."""
    world = api.world
    award = world.award()
    second = world.person("administrator", NETWORK_ID)
    path = f"/v1/people/{world.educator.person}/erasure"
    body = {"ground": "requested-by-person", "reason": "They wrote to us."}
    assert api.ask(world.educator, "POST", path, json=body).status_code == 403
    wrong = {**body, "ground": "why not"}
    assert api.ask(world.administrator, "POST", path, json=wrong).status_code == 422
    proposal = api.do(world.administrator, "POST", path, json=body)["id"]
    confirm = f"/v1/proposals/{proposal}/confirm"
    assert api.ask(world.administrator, "POST", confirm).status_code == 403
    (waiting,) = api.do(second, "GET", "/v1/proposals")["items"]
    assert (waiting["id"], waiting["thing"]) == (proposal, str(world.educator.person))
    api.do(second, "POST", confirm)
    world.app.processes.catch_up()
    assert api.client.get(f"/badges/{award}.json").status_code == 200
    world.clock.now += timedelta(days=7)
    world.app.processes.catch_up()
    assert api.client.get(f"/badges/{award}.json").status_code == 410
