"""What other sites show of a badge: picture, QR code, frame, oEmbed; and seals that are read."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from api.settings import Settings
from badges.image import DESIGNS, SIDE, Colours, DesignName, badge_svg, png_of_svg
from tests.api.conftest import Api
from tests.world import definition

BROWSER = {"Accept": "text/html"}


def opened(png: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(png))
    picture.load()
    return picture


def test_the_picture_beside_a_link(api: Api) -> None:
    award = api.world.award()
    api.world.app.views.catch_up()
    page = api.client.get(f"/badges/{award}", headers=BROWSER).text
    (address,) = re.findall(r'<meta property="og:image" content="([^"]+)"', page)
    for path in (address.removeprefix("http://localhost:8000"), "/card.png"):
        answer = api.client.get(path)
        assert answer.headers["content-type"] == "image/png"
        assert opened(answer.content).size == (1200, 630)


def test_the_qr_code_leads_to_the_badge(api: Api) -> None:
    award = api.world.award()
    address = api.world.app.site.badge(award)
    drawn = opened(api.client.get(f"/badges/{award}/qr.png").content).convert("L")
    assert [code.text for code in zxingcpp.read_barcodes(drawn)] == [address]
    svg = api.client.get(f"/badges/{award}/qr.svg").text
    drawn = opened(png_of_svg(svg)).convert("L")
    assert [code.text for code in zxingcpp.read_barcodes(drawn)] == [address]


def test_one_page_may_be_framed_and_no_other(api: Api) -> None:
    award = api.world.award()
    api.world.app.views.catch_up()
    framed = api.client.get(f"/badges/{award}/embed", headers=BROWSER)
    policy = framed.headers["content-security-policy"]
    assert framed.status_code == 200
    assert "frame-ancestors *" in policy
    assert "sandbox allow-popups" in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert "Authentic and in force" in framed.text
    others = [f"/badges/{award}", "/", "/verify", "/sign-in", f"/badges/{award}.svg", "/nowhere"]
    others += [f"/badges/{award}/card.png", "/shared/x", "/badges/none/embed"]
    for path in others:
        policy = api.client.get(path, headers=BROWSER).headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy, path


def test_oembed_says_how_to_show_it(api: Api) -> None:
    award = api.world.award(micro=api.world.publish(definition(name='A "quoted" <b>name</b>')))
    api.world.app.views.catch_up()
    address = api.world.app.site.badge(award)
    page = api.client.get(f"/badges/{award}", headers=BROWSER).text
    (found,) = re.findall(r'type="application/json\+oembed" href="([^"]+)"', page)
    answer = api.client.get(found.removeprefix("http://localhost:8000").replace("&amp;", "&"))
    shown = answer.json()
    assert (shown["version"], shown["type"]) == ("1.0", "rich")
    assert shown["title"] == 'A "quoted" <b>name</b>'
    assert f'src="{address}/embed"' in shown["html"]
    assert "<b>" not in shown["html"]
    assert (shown["width"], shown["height"]) == (480, 180)
    small = api.client.get("/oembed", params={"url": address, "maxwidth": "200"}).json()
    assert small["width"] == 200
    assert 'width="200"' in small["html"]


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"url": "https://elsewhere.example/badges/1"}, 404),
        ({"url": "http://localhost:8000/people/x"}, 404),
        ({}, 422),
    ],
)
def test_oembed_of_nothing_of_ours(api: Api, params: dict[str, str], status: int) -> None:
    assert api.client.get("/oembed", params=params).status_code == status


def test_oembed_in_a_form_that_we_do_not_speak(api: Api) -> None:
    address = api.world.app.site.badge(api.world.award())
    answer = api.client.get("/oembed", params={"url": address, "format": "xml"})
    assert answer.status_code == 501


def test_an_erased_person_s_badge_is_handed_on_nowhere(api: Api) -> None:
    award = api.world.award()
    api.world.forget(api.world.educator)
    for path in ("card.png", "qr.svg", "qr.png", "embed"):
        assert api.client.get(f"/badges/{award}/{path}").status_code == 410
    address = api.world.app.site.badge(award)
    assert api.client.get("/oembed", params={"url": address}).status_code == 410


@pytest.mark.parametrize("design", DESIGNS)
def test_the_same_letters_in_svg_and_png(design: DesignName) -> None:
    """The words are outlines: whoever draws the SVG needs no font."""
    svg = badge_svg("Checking for Understanding", "Harmony Public Schools", "Met", design)
    assert "<text" not in svg
    assert "font" not in svg
    assert 'aria-label="Checking for Understanding, Met: a badge issued by Harmony' in svg
    assert opened(png_of_svg(svg)).size == (SIDE, SIDE)


@pytest.mark.parametrize("design", DESIGNS)
def test_words_are_read_at_96_pixels(design: DesignName) -> None:
    """No letter of a seal is smaller than seven pixels then, and none leaves its place."""
    for name in ("Wait Time", "Culturally Responsive Family Partnerships and Communication"):
        svg = badge_svg(name, "Harmony Public Schools of Greater Houston", "Distinguished", design)
        sizes = [100 * float(scale) for scale in re.findall(r"matrix\(([\d.]+) 0 0 -", svg)]
        assert min(sizes) * 96 / SIDE >= 7


def test_an_issuer_s_colours(api: Api, tmp_path: Any) -> None:
    colours = Colours.of_issuer("#7a1f2b", "#8a5f00")
    assert "#7a1f2b" in badge_svg("N", "I", "L", colours=colours)
    with pytest.raises(ValueError, match="cannot be read on #ffcc00"):
        Colours.of_issuer("#7a1f2b", "#ffcc00")
    with pytest.raises(ValueError, match="two colours"):
        Settings(home=tmp_path, seal_colours="#7a1f2b")
    assert Settings(home=tmp_path, seal_colours="#7a1f2b #8a5f00").colours == colours


def test_a_micro_credential_chooses_its_design(api: Api) -> None:
    micro = api.world.publish(definition(name="Round", design="roundel"))
    drawn = api.client.get(f"/achievements/{micro}/1/image.svg").text
    assert drawn == badge_svg("Round", "Harmony", "Shown", "roundel")
