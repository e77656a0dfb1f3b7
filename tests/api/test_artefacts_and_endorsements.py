"""One award in all its forms over HTTP, its picture, and what others say of it."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from PIL import Image

from badges.artwork import clean_picture
from badges.baking import unbake
from badges.errors import MalformedDocument
from badges.image import SIDE, badge_svg, png_of_svg
from ledger.people import NETWORK_ID
from tests.api.conftest import Api
from tests.conftest import Vectors
from tests.world import World, definition

BROWSER = {"Accept": "text/html"}
DCC = "dcc-vc-test-fixtures/verifiableCredentials/v2/dataIntegrityProof/didKey"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("{award}.json", "application/vc+ld+json"),
        ("{award}.json?proof=eddsa-jcs-2022", "application/vc+ld+json"),
        ("{award}.json?proof=ecdsa-rdfc-2019", "application/vc+ld+json"),
        ("{award}.jwt", "text/plain; charset=utf-8"),
        ("{award}.jwt?proof=EdDSA", "text/plain; charset=utf-8"),
        ("{award}.png", "image/png"),
        ("{award}.png?proof=ES256", "image/png"),
        ("{award}.svg", "image/svg+xml"),
        ("{award}.svg?proof=ES256", "image/svg+xml"),
        ("{award}/refresh", "application/vc+ld+json"),
    ],
)
def test_every_form_is_served_and_verifies(api: Api, path: str, kind: str) -> None:
    award = api.world.award()
    answer = api.client.get("/badges/" + path.format(award=award))
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    assert answer.headers["access-control-allow-origin"] == "*"
    report = api.client.post("/v1/verify", content=answer.content).json()
    assert report["outcome"] == "verified", report


def test_a_proof_that_does_not_make_the_form_is_refused(api: Api) -> None:
    award = api.world.award()
    for path in (".json?proof=ES256", ".jwt?proof=eddsa-rdfc-2022", ".png?proof=none"):
        answer = api.client.get(f"/badges/{award}{path}")
        assert answer.status_code == 422, path
        assert answer.headers["content-type"] == "application/problem+json"


def test_the_page_names_what_lies_inside(api: Api) -> None:
    award = api.world.award()
    badge = json.loads(api.world.app.publishing.badge(award) or b"")
    shown = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiablePresentation"],
        "verifiableCredential": [badge, {**badge, "name": "Another <b>"}],
    }
    page = api.client.post("/verify", data={"text": json.dumps(shown)}, headers=BROWSER).text
    assert "Not everything inside it holds" in page
    assert "Changed after it was signed" in page
    assert "verifiableCredential[1]" in page
    assert "<b>" not in page


def test_a_presentation_of_a_strangers_badge_is_never_green(api: Api, vectors: Vectors) -> None:
    badge = vectors.json(f"{DCC}/legacyRegistry-noStatus-noExpiry-OBSpecExample.json")
    shown = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiablePresentation"],
        "verifiableCredential": [badge],
    }
    page = api.client.post("/verify", data={"text": json.dumps(shown)}, headers=BROWSER).text
    assert "Intact, by an issuer that we do not know" in page


def test_each_outcome_has_its_own_headline(api: Api) -> None:
    award = api.world.award()
    text = (api.world.app.publishing.badge(award) or b"").decode()
    unsigned = json.dumps({k: v for k, v in json.loads(text).items() if k != "proof"})
    stranger = text.replace("localhost%3A8000", "localhost%3A1")
    for given, headline in (
        (text.replace("Checking", "Chucking", 1), "Changed after it was signed"),
        (unsigned, "Nobody signed this"),
        (stranger, "Could not be checked"),
        ("{}", "Not written as the standard asks"),
    ):
        page = api.client.post("/verify", data={"text": given}, headers=BROWSER).text
        assert f'<h2 id="verdict">{headline}</h2>' in page, headline


def test_an_endorsement_over_http(api: Api) -> None:
    world = api.world
    target = world.app.site.badge(world.award())
    body = {"endorser": str(NETWORK_ID), "target": target, "kind": "award", "comment": "Saw it."}
    refused = api.ask(world.educator, "POST", "/v1/endorsements", json=body)
    assert refused.status_code == 403
    given = api.do(world.administrator, "POST", "/v1/endorsements", json=body)
    path = given["endorsement"].removeprefix("http://localhost:8000")
    for form in ("", ".json", ".jwt"):
        answer = api.client.get(path + form)
        report = api.client.post("/v1/verify", content=answer.content).json()
        assert report["outcome"] == "verified", (form, report)
    page = api.client.get(target.removeprefix("http://localhost:8000"), headers=BROWSER).text
    assert "Endorsed" in page
    away = f"/v1/endorsements/{given['id']}/withdraw"
    api.do(world.administrator, "POST", away, json={"reason": "Mistaken."})
    report = api.client.post("/v1/verify", content=api.client.get(path).content).json()
    assert report["outcome"] == "revoked"
    page = api.client.get(target.removeprefix("http://localhost:8000"), headers=BROWSER).text
    assert "Endorsed" not in page
    nothing = {**body, "target": "nothing"}
    problem = api.ask(world.administrator, "POST", "/v1/endorsements", json=nothing)
    assert (problem.status_code, problem.json()["type"].rpartition("/")[2]) == (422, "bad-target")


def test_an_endorsement_that_does_not_verify_is_not_accepted(api: Api) -> None:
    world = api.world
    path = f"/v1/micro-credentials/{world.micro}/versions/1/endorsements"
    answer = api.ask(world.manager, "POST", path, json={"credential": "{}"})
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("/endorsement-not-verified")
    drop = api.ask(world.manager, "POST", path + "/drop", json={"endorser": "did:web:x"})
    assert drop.status_code == 409


def test_a_status_list_comes_as_a_token_to_whoever_asks_for_one(api: Api) -> None:
    api.world.award()
    api.world.app.views.catch_up()
    path = "/status/revocation-1"
    token = api.client.get(path, headers={"Accept": "application/vc+jwt"})
    assert token.headers["content-type"] == "application/vc+jwt"
    assert token.headers["vary"] == "Accept"
    assert api.world.app.verifying.verifier().verify(token.content).verified
    for accept in ("*/*", "application/json, application/vc+jwt;q=0.5"):
        assert api.client.get(path, headers={"Accept": accept}).json()["type"]
    nothing = api.client.get("/status/none", headers={"Accept": "application/vc+jwt"})
    assert nothing.status_code == 404


def test_renewal_over_http(api: Api) -> None:
    world = api.world
    award = world.award(micro=world.publish(definition(name="Ends", valid_months=12)))
    before = api.client.get(f"/badges/{award}.json").json()
    api.do(world.manager, "POST", f"/v1/awards/{award}/renew", json={"note": "Seen again."})
    after = api.client.get(f"/badges/{award}/refresh").json()
    assert after["validUntil"] > before["validUntil"]
    assert after["awardedDate"] == before["awardedDate"]
    assert before["refreshService"]["id"].endswith(f"/badges/{award}/refresh")
    listed = api.do(world.manager, "GET", f"/v1/awards/{award}")
    assert listed["validUntil"][:4] == after["validUntil"][:4]


# Pictures


def photo(size: tuple[int, int] = (900, 300), form: str = "JPEG", **more: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, form, **more)
    return out.getvalue()


def upload(api: Api, data: bytes) -> Any:
    owner = {"owner": str(NETWORK_ID)}
    path = "/v1/micro-credentials/images"
    return api.ask(api.world.manager, "POST", path, params=owner, content=data)


@pytest.mark.parametrize("form", ["raster", "svg"])
def test_an_administrators_picture_becomes_the_badges(api: Api, form: str) -> None:
    world = api.world
    drawn = badge_svg("Own", "Own", "Own").encode()
    name = upload(api, photo() if form == "raster" else drawn).json()["image"]
    micro = world.publish(definition(name="With a picture", image=name))
    picture = api.client.get(f"/achievements/{micro}/1/image")
    with Image.open(io.BytesIO(picture.content)) as shown:
        assert (shown.format, shown.size) == ("PNG", (SIDE, SIDE))
    award = world.award(micro=micro)
    for suffix in ("png", "svg"):
        data = api.client.get(f"/badges/{award}.{suffix}").content
        assert unbake(data)[0] == world.app.publishing.badge(award)
    badge = json.loads(world.app.publishing.badge(award) or b"")
    assert badge["credentialSubject"]["achievement"]["image"]["id"].endswith("/1/image")


def test_a_picture_that_is_not_one_and_one_that_is_not_there(api: Api) -> None:
    answer = upload(api, b"GIF89a")
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (422, "bad-image")
    world = api.world
    body = {
        "owner": str(NETWORK_ID),
        "definition": definition(image="0" * 64).model_dump(mode="json", by_alias=True),
    }
    answer = api.ask(world.manager, "POST", "/v1/micro-credentials", json=body)
    assert answer.status_code == 404
    owner = {"owner": str(NETWORK_ID)}
    path = "/v1/micro-credentials/images"
    refused = api.ask(world.educator, "POST", path, params=owner, content=photo())
    assert refused.status_code == 403


def test_nothing_of_a_photograph_but_its_pixels_is_kept() -> None:
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    cleaned = clean_picture(photo(exif=exif.tobytes()))
    assert b"where I live" not in cleaned
    assert clean_picture(photo()) == clean_picture(photo(exif=exif.tobytes()))


@pytest.mark.parametrize(
    "inner",
    [
        "<script>alert(1)</script>",
        '<a href="javascript:alert(1)"><path d="M0 0"/></a>',
        '<image href="https://tracker.example.org/x.png"/>',
        '<foreignObject><body xmlns="http://www.w3.org/1999/xhtml"><b/></body></foreignObject>',
        '<rect onload="alert(1)" width="9"/>',
        '<rect style="background:url(https://x.example.org)"/>',
        '<rect fill="url(https://x.example.org/p#a)"/>',
        '<use href="#a"/><style>@import "https://x.example.org"</style>',
        '<animate attributeName="href" values="javascript:alert(1)"/>',
        "<set attributeName='onclick' to='alert(1)'/>",
    ],
)
def test_an_svg_keeps_only_its_shapes(inner: str) -> None:
    data = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{inner}<g/></svg>'.encode()
    cleaned = clean_picture(data).decode()
    for word in ("alert", "example.org", "javascript", "script", "href", "style", "import"):
        assert word not in cleaned.lower(), cleaned
    assert png_of_svg(cleaned)


@pytest.mark.parametrize(
    "data",
    [
        b"<svg",
        b"<html/>",
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        b'<!DOCTYPE s [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg"/>',
        b"\x89PNG\r\n\x1a\n",
        photo((6000, 6000), "PNG"),
        b"\0" * (3 * 1024 * 1024),
    ],
)
def test_pictures_that_cannot_be_used(data: bytes) -> None:
    with pytest.raises(MalformedDocument):
        clean_picture(data)


def test_two_badges_look_apart(world: World) -> None:
    names = [f"Competency {number}" for number in range(40)]
    assert len({badge_svg(name, "I", "L").partition("<g ")[0] for name in names}) == 40
