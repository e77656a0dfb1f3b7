"""The attack: an anonymous key calls itself Harmony. It read "Genuine, but its status is not
known", and of a forged badge the command line said "issued by Harmony Public Schools"."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.web.language import DATES, words
from api.web.showing import Spoken, markdown, name
from badges.document import Document
from badges.names import capital, shown, site_of
from badges.proofs.data_integrity import add_proof
from badges.verification import IssuerPolicy, VerificationReport, Verifier
from badges.verification.checks import WORST_FIRST
from badges.verification.verdict import ENGLISH, Told
from keys import did_web_document
from keys.lifecycle import IssuerKey
from tests.api.conftest import Api
from tests.attacks.badge import a_badge
from tests.badges.issuers import DID_URL, ISSUER, LIST, NOW, Key, Shelf, presentation

HARMONY = "Harmony Public Schools"
BROWSER = {"Accept": "text/html"}


def by(issuer: str, **more: Any) -> Document:
    profile = {"id": issuer, "type": ["Profile"], "name": HARMONY}
    return a_badge(id="urn:uuid:ada") | {"issuer": profile, **more}


STATUS = {
    "id": f"{LIST}#7",
    "type": "BitstringStatusListEntry",
    "statusPurpose": "revocation",
    "statusListIndex": "7",
    "statusListCredential": LIST,
}


def verify(shelf: Shelf, document: Any, *known: str) -> VerificationReport:
    policy = IssuerPolicy(dict.fromkeys(known, "Harmony, as we know it"))
    return Verifier(shelf, NOW, policy).verify(json.dumps(document))


def words_of(report: VerificationReport) -> list[str]:
    """Every sentence of a report, and of the reports inside it."""
    said = [str(report.verdict.headline), str(report.verdict.sentence)]
    said += [str(note) for note in report.verdict.notes] + [str(report.issued_by)]
    for _, inside in report.inside:
        said += words_of(inside)
    return said


def test_a_strangers_badge_is_never_called_genuine(shelf: Shelf) -> None:
    thief = Key()
    plain = add_proof(by(thief.did), thief, NOW)
    unreached = add_proof(by(thief.did, credentialStatus=STATUS), thief, NOW)
    shelf.documents.pop(LIST)
    ended = add_proof(by(thief.did, validUntil="2026-03-15T00:00:00Z"), thief, NOW)
    for document in (plain, unreached, ended, presentation(plain), presentation(plain, unreached)):
        report = verify(shelf, document, ISSUER)
        for said in words_of(report):
            assert not re.search("genuine|authentic and|authentic,", said, re.IGNORECASE), said
            if HARMONY in said:
                assert "calls itself" in said, said
        assert report.verdict.band != "green"


def test_every_issuer_is_named_with_how_it_is_known(issuer: Key, shelf: Shelf) -> None:
    badge = add_proof(by(ISSUER), issuer, NOW)
    registered = verify(shelf, badge, ISSUER)
    assert registered.summary["issuerKnownBy"] == "registry"
    assert str(registered.issued_by) == "issued by Harmony, as we know it (in our registry)"
    domain = verify(shelf, badge)
    assert domain.summary["issuerKnownBy"] == "domain"
    expected = f"issued by issuer.example.org (known by its domain), which calls itself {HARMONY}"
    assert str(domain.issued_by) == expected
    assert "whoever controls issuer.example.org" in str(domain.verdict.sentence)
    thief = Key()
    claimed = verify(shelf, add_proof(by(thief.did), thief, NOW))
    assert claimed.summary["issuerKnownBy"] == "claim"
    assert thief.did in str(claimed.issued_by)
    assert f"calls itself {HARMONY}" in str(claimed.issued_by)


def test_of_a_forged_badge_nobody_says_that_harmony_issued_it(issuer: Key, shelf: Shelf) -> None:
    """Also where our registry knows whose name it bears."""
    forged = add_proof(by(ISSUER), Key(), NOW)
    altered = {**add_proof(by(ISSUER), issuer, NOW), "name": "PhD"}
    unsigned = by(ISSUER)
    for document in (forged, altered, unsigned, presentation(forged)):
        report = verify(shelf, document, ISSUER)
        inner = report.inside[0][1] if report.inside else report
        assert inner.summary["issuerKnownBy"] == "claim"
        assert "issuer.recognized" not in {
            c.id for c in inner.checks if c.status in ("passed", "warning")
        }
        assert str(inner.issued_by) == f"says that it was issued by {HARMONY}, which is not proven"
    del shelf.documents[DID_URL]
    unreached = verify(shelf, add_proof(by(ISSUER), issuer, NOW), ISSUER)
    assert (unreached.outcome, unreached.summary["issuerKnownBy"]) == (
        "issuer-unreachable",
        "claim",
    )
    assert "not proven" in str(unreached.issued_by)


def test_the_command_line_says_no_more(tmp_path: Path, issuer: Key) -> None:
    site = tmp_path / "issuer.example.org/.well-known"
    site.mkdir(parents=True)
    document = did_web_document(ISSUER, [IssuerKey(issuer.id, NOW)])
    (site / "did.json").write_text(json.dumps(document))
    (tmp_path / "forged.json").write_text(json.dumps(add_proof(by(ISSUER), Key(), NOW)))
    (tmp_path / "good.json").write_text(json.dumps(add_proof(by(ISSUER), issuer, NOW)))

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "api", "verify", *arguments, "--offline", "."]
        home = {"TESTAMUR_HOME": str(tmp_path / "none"), "PATH": "/usr/bin"}
        root = str(Path(__file__).resolve().parents[2])
        return subprocess.run(
            command,
            cwd=tmp_path,
            env={**home, "PYTHONPATH": root},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    found = run("forged.json", "good.json", "--recipient", "urn:uuid:eve")
    assert found.returncode == 1
    assert "Not signed by the issuer that it names" in found.stdout
    assert f", says that it was issued by {HARMONY}, which is not proven" in found.stdout
    assert "Intact, but not awarded to this person" in found.stdout
    assert run("good.json", "--recipient", "ada@example.org").returncode == 3


def test_every_outcome_has_its_words_and_band() -> None:
    assert set(WORST_FIRST) - {"verified"} <= ENGLISH.keys()
    failed = WORST_FIRST[: WORST_FIRST.index("key-not-named")]
    for outcome in failed:
        assert ENGLISH[outcome].band in ("red", "amber"), outcome
    green = {key for key, row in ENGLISH.items() if row.band == "green"}
    assert green == {"this-person", "identity-not-asked", "in-force", "presented-by-holder"}
    for key, row in ENGLISH.items():
        assert ("uthentic" in row.headline) <= ("unknown" not in key), key


def test_whoever_asks_is_told_of_a_newer_version(issuer: Key, shelf: Shelf) -> None:
    """What was handed in has ended; what was checked is what its issuer has instead."""
    url = "https://issuer.example.org/badges/1/refresh"
    extension = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"
    service = {"id": url, "type": "1EdTechCredentialRefresh"}
    badge = by(ISSUER, refreshService=service, validUntil="2026-03-15T00:00:00Z")
    badge["@context"] = [*badge["@context"], extension]
    newer = {**badge, "validFrom": "2026-03-16T00:00:00Z", "validUntil": "2027-03-15T00:00:00Z"}
    shelf.documents[url] = add_proof(newer, issuer, NOW)
    report = verify(shelf, add_proof(badge, issuer, NOW), ISSUER)
    assert (report.verified, report.verdict.key) == (True, "superseded")
    assert report.summary["validUntil"] == "2027-03-15T00:00:00Z"
    shelf.documents.pop(url)
    ended = verify(shelf, add_proof(badge, issuer, NOW), ISSUER)
    assert str(ended.verdict.headline) == "Valid until 15 March 2026"


# Names that play tricks


TRICKS = {
    "Harmony\u202egro.live": "Harmony⟨U+202E⟩gro.live",
    "Harm\u200bony": "Harm⟨U+200B⟩ony",
    "Harm\u200dony": "Harm⟨U+200D⟩ony",
    "Har\u00admony": "Har⟨U+00AD⟩mony",
    "Harmony\x00\x1b[31m": "Harmony⟨U+0000⟩⟨U+001B⟩[31m",
    "Har\ud800mony": "Har⟨U+D800⟩mony",
    "Harmony\u00a0Schools": "Harmony Schools",
    "می\u200cخواهم": "می\u200cخواهم",
    "क्\u200dष": "क्\u200dष",
    "École 北京 学校": "École 北京 学校",
}


@pytest.mark.parametrize(("text", "plain"), TRICKS.items())
def test_what_cannot_be_seen_is_written_out(text: str, plain: str) -> None:
    assert shown(text) == plain
    assert name(text) == f"<bdi>{plain}</bdi>"


@given(st.text(max_size=30))
def test_nothing_that_is_shown_moves_or_hides(text: str) -> None:
    visible = shown(text)
    assert all(c.isprintable() or c in "\u200c\u200d" for c in visible)
    assert shown(visible) == visible
    visible.encode()
    spoken = Spoken(DATES["en"], words("en"), UTC)
    html = spoken.told(Told("It names {issuer}.", {"issuer": visible}))
    assert html.count("<bdi>") == (1 if visible else 0)
    assert "<" not in html.replace("<bdi>", "").replace("</bdi>", "")


@pytest.mark.parametrize(
    ("identifier", "site"),
    [
        ("did:web:uni.example", "uni.example"),
        ("did:web:uni.example:alice", "uni.example/alice"),
        ("did:web:localhost%3A8000", "localhost:8000"),
        ("https://uni.example/~bob/issuer.json", "uni.example/~bob/issuer.json"),
        ("https://UNI.example/", "uni.example"),
        ("https://harmonytx.org@evil.example/", "evil.example"),
        ("https://harmоnytx.org/", "xn--harmnytx-qbh.org"),
        ("did:web:harmоnytx.org", None),
        ("https://uni.example/\u202e", "uni.example/\N{REPLACEMENT CHARACTER}"),
        ("did:web:harmony.org%40evil.example", None),
        ("did:web:harmony.org%2F%40evil.example", None),
        ("https://harmony.org\\\\@evil.example/", None),
        ("https://[::1", None),
        ("http://uni.example/", None),
        ("did:key:z6Mk", None),
        ("urn:uuid:1", None),
        ("", None),
    ],
)
def test_a_domain_is_shown_in_ascii(identifier: str, site: str | None) -> None:
    assert site_of(identifier) == site


def test_a_sentence_begins_with_a_capital_and_leaves_a_did_as_it_is() -> None:
    assert capital("did:key:z6MkHaXY is not it") == "did:key:z6MkHaXY is not it"
    assert capital("the key did:key:z6MkHaXY") == "The key did:key:z6MkHaXY"
    assert capital("") == ""


def test_a_link_says_where_it_leads() -> None:
    html = markdown("See [harmony.org](https://evil.example/x) and\n<https://harmоny.org>\u202e.")
    assert "harmony.org</a> (evil.example)" in html
    assert "(xn--harmny-zqf.org)" in html
    assert "\u202e" not in html
    assert "<p>one</p>" in markdown("one\n\ntwo")


def _pages(api: Api, award: Any) -> Iterator[str]:
    yield f"/badges/{award}"
    yield f"/achievements/{api.world.micro}"
    yield "/problems/\u202eevil"
    yield "/"


def test_pages_isolate_every_name(api: Api) -> None:
    trick = "Harmony\u202egro.live"
    key = Key()
    document = by(key.did)
    document["issuer"]["name"] = document["name"] = trick
    document["credentialSubject"]["achievement"]["name"] = trick
    signed = add_proof(document, key, NOW.replace(month=3, day=1))
    for handed in (signed, document, presentation(signed), {**signed, "name": "x\u202ey"}):
        page = api.client.post("/verify", data={"text": json.dumps(handed)}, headers=BROWSER).text
        assert "\u202e" not in page
        assert "<bdi>Harmony⟨U+202E⟩gro.live</bdi>" in page
    for path in _pages(api, api.world.award()):
        assert "\u202e" not in api.client.get(path, headers=BROWSER).text, path
    mine = api.client.get(f"/badges/{api.world.awards()[0]}", headers=BROWSER).text
    assert "<bdi>Harmony</bdi> (in our registry)" in mine
    page = api.client.post("/verify", data={"text": json.dumps(by(key.did))}, headers=BROWSER).text
    assert key.did not in page or key.did.lower() not in page
    assert "Says that it was issued by" in page
