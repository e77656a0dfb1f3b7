"""openbadgeslib accepts what we issue in each of its forms, and we what it issues; both refuse
the tampered twin."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from openbadgeslib.ob2.models import Assertion, BadgeClass, CryptographicKey, Profile, Verification
from openbadgeslib.ob2.models import IdentityObject as OB2Identity
from openbadgeslib.ob2.signer import OB2Signer
from openbadgeslib.ob3 import OB3LdpVerifier, OB3VerificationError, OB3Verifier
from openbadgeslib.verify import verify_badge

from api.artefacts import Form, Proof
from badges.baking import bake_png, bake_svg
from badges.image import png_of_svg
from badges.verification import Verifier
from keys.multikey import base64url_decode, base64url_encode
from ledger.awards import RevokeAward
from tests.badges.issuers import Shelf
from tests.world import World, definition

BASE = "https://issuer.example.org"
PLAIN_SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0h9"/></svg>'


@pytest.fixture
def world(tmp_path: Path) -> Any:
    made = World.build(tmp_path / "home", base_url=BASE)
    made.app.views.catch_up()  # built the first time, however slow the machine
    yield made
    made.app.close()


def download(world: World) -> Any:
    """What our server would answer."""

    def get(url: str, *_: Any, **__: Any) -> bytes:
        world.app.views.catch_up()
        if url == f"{BASE}/.well-known/did.json":
            return json.dumps(world.app.publishing.did_document()).encode()
        assert url.startswith(f"{BASE}/status/"), url
        return (world.app.publishing.status_list_jwt(url.rpartition("/")[2]) or "").encode()

    return get


def tampered(credential: bytes) -> bytes:
    """The same with another name, whatever secures it."""
    if credential.startswith(b"{"):
        return credential.replace(b"Checking", b"Chucking")
    head, body, signature = credential.decode().split(".")
    changed = base64url_decode(body).replace(b"Checking", b"Chucking")
    return f"{head}.{base64url_encode(changed)}.{signature}".encode()


@pytest.mark.parametrize("proof", ["eddsa-rdfc-2022", "ES256", "EdDSA"])
@pytest.mark.parametrize("form", ["png", "svg"])
def test_it_accepts_our_pictures(world: World, form: Form, proof: Proof) -> None:
    award = world.award(micro=world.publish(definition(name="Checking twice", valid_months=90)))
    data = world.app.publishing.artefact(award, form, proof)
    plain = world.app.publishing.artefact(
        award, "json" if proof == "eddsa-rdfc-2022" else "jwt", proof
    )
    assert data is not None
    assert plain is not None
    found = verify_badge(data, "3", resolve_did=True, download=download(world))
    assert (found.valid, found.trusted) == (True, True), found.reason
    assert found.issuer_did == world.app.site.issuer
    assert found.credential.name == "Checking twice"
    twin = tampered(plain)
    again = (
        bake_png(png_of_svg(PLAIN_SVG), twin)
        if form == "png"
        else bake_svg(PLAIN_SVG, twin).encode()
    )
    refused = verify_badge(again, "3", resolve_did=True, download=download(world))
    assert not refused.valid


def test_it_sees_our_revocation(world: World) -> None:
    award = world.award()
    data = world.app.publishing.artefact(award, "svg", "eddsa-rdfc-2022")
    assert data is not None
    ask = {"check_status": True, "download": download(world)}
    before = verify_badge(data, "3", resolve_did=True, **ask)
    assert before.valid, before.reason
    world.do(world.manager, RevokeAward(award=award, reason="integrity", note="Copied."))
    after = verify_badge(data, "3", resolve_did=True, **ask)
    assert not after.valid
    assert "revocation" in str(after.reason)


def test_it_accepts_our_files(world: World) -> None:
    award = world.award()
    document, token = (
        (world.app.publishing.artefact(award, form, proof) or b"").decode()
        for form, proof in (("json", "eddsa-rdfc-2022"), ("jwt", "ES256"))
    )
    issuer, get = world.app.site.issuer, download(world)
    linked = OB3LdpVerifier.for_issuer_did(issuer)
    assert linked.verify(document, download=get).id == world.app.site.badge(award)
    with pytest.raises(OB3VerificationError):
        linked.verify(tampered(document.encode()).decode(), download=get)
    signed = OB3Verifier.for_issuer_did(issuer, download=get)
    assert signed.verify(token).id == world.app.site.badge(award)
    with pytest.raises(OB3VerificationError):
        signed.verify(tampered(token.encode()).decode())


class OldIssuer:
    """An issuer of Open Badges 2.0, made with openbadgeslib, and what its host serves."""

    HOST = "https://old.example.org"

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(65537, 2048)
        pem = self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        at = self.HOST
        issuer = Profile(
            id=f"{at}/issuer",
            name="Old Academy",
            url=at,
            public_key=[f"{at}/key"],
            revocation_list=f"{at}/revoked",
        )
        badge = BadgeClass(
            id=f"{at}/badge",
            name="Woodwork",
            description="Makes a chair.",
            image=f"{at}/badge.png",
            criteria=f"{at}/criteria",
            issuer=f"{at}/issuer",
        )
        key = CryptographicKey(f"{at}/key", f"{at}/issuer", pem.decode())
        self.shelf = Shelf()
        self.shelf.documents = {
            item["id"]: item for item in (issuer.to_dict(), badge.to_dict(), key.to_dict())
        }
        self.shelf.documents[f"{at}/revoked"] = {"revokedAssertions": []}
        self.now = datetime.now(UTC)

    def assertion(self, kind: str, **more: Any) -> Assertion:
        at = self.HOST
        creator = {"creator": f"{at}/key"} if kind == "SignedBadge" else {}
        return Assertion(
            recipient=OB2Identity.create("ada@example.org", "Kosher"),
            badge=f"{at}/badge",
            verification=Verification(type=kind, **creator),
            id=f"{at}/assertions/1",
            issued_on=self.now - timedelta(days=30),
            **more,
        )

    def signed(self, **more: Any) -> str:
        pem = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return OB2Signer(pem).sign(self.assertion("SignedBadge", **more))

    def check(self, data: bytes | str, **more: Any) -> Any:
        return Verifier(self.shelf, self.now).verify(data, **more)


def test_a_signed_open_badge_2() -> None:
    old = OldIssuer()
    found = old.check(old.signed(), recipient="ada@example.org")
    assert found.verified, found
    assert (found.summary["achievement"], found.summary["issuer"]) == ("Woodwork", "Old Academy")
    checks = {check.id: check.status for check in found.checks}
    assert (checks["recipient.match"], checks["issuer.recognized"]) == ("passed", "warning")
    other = old.check(old.signed(), recipient="eve@example.org")
    assert {c.id: c.status for c in other.checks}["recipient.match"] == "failed"
    assert not other.verified
    head, body, signature = old.signed().split(".")
    changed = base64url_encode(base64url_decode(body).replace(b"/1", b"/2"))
    assert old.check(f"{head}.{changed}.{signature}").outcome == "altered"


def test_a_signed_open_badge_2_in_a_picture() -> None:
    old = OldIssuer()
    pem = old.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    baked = OB2Signer(pem).sign_into_svg(old.assertion("SignedBadge"), PLAIN_SVG.encode())
    assert old.check(baked).verified
    png = png_of_svg(PLAIN_SVG)
    assert old.check(OB2Signer(pem).sign_into_png(old.assertion("SignedBadge"), png)).verified


def test_a_signed_open_badge_2_that_is_not_good() -> None:
    old = OldIssuer()
    at = old.HOST
    assert old.check(old.signed(expires=old.now - timedelta(days=1))).outcome == "expired"
    revoked = [{"id": f"{at}/assertions/1", "revocationReason": "Copied"}]
    old.shelf.documents[f"{at}/revoked"] = {"revokedAssertions": revoked}
    assert old.check(old.signed()).outcome == "revoked"
    old.shelf.documents[f"{at}/revoked"] = {"revokedAssertions": []}
    thief = OldIssuer()
    thief.shelf = old.shelf
    assert thief.check(thief.signed()).outcome == "altered"
    theirs = {**old.shelf.documents[f"{at}/key"], "owner": "https://thief.example.org"}
    old.shelf.documents[f"{at}/key"] = theirs
    assert old.check(old.signed()).outcome == "forged"
    del old.shelf.documents[f"{at}/issuer"]
    assert old.check(old.signed()).outcome == "issuer-unreachable"


def test_a_hosted_open_badge_2() -> None:
    old = OldIssuer()
    assertion = old.assertion("HostedBadge").to_dict()
    text = json.dumps(assertion)
    assert old.check(text).outcome == "issuer-unreachable"
    old.shelf.documents[assertion["id"]] = assertion
    assert old.check(text).verified
    changed = json.dumps({**assertion, "narrative": "And a table."})
    assert old.check(changed).outcome == "altered"
    old.shelf.documents[assertion["id"]] = {"id": assertion["id"], "revoked": True}
    assert old.check(text).outcome == "revoked"
    elsewhere = {**assertion, "id": "https://thief.example.org/1"}
    old.shelf.documents[elsewhere["id"]] = elsewhere
    assert old.check(json.dumps(elsewhere)).outcome == "forged"
    png = bake_svg(PLAIN_SVG, json.dumps(elsewhere).encode())
    assert old.check(png).outcome == "forged"


def test_open_badges_1_is_refused_with_that_reason() -> None:
    old = {"uid": "1", "recipient": {}, "badge": "https://o.example.org/b", "verify": {}}
    found = OldIssuer().check(json.dumps(old))
    assert found.outcome == "unsupported"
    assert "Open Badges 1" in found.checks[1].detail
