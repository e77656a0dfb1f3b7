"""The PDF of a badge: made to be read by everybody, and verified like any other form of it."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from ledger.people import PublishProfile
from tests.api.conftest import Api
from tests.world import definition


def certificate(api: Api, award: object, query: str = "") -> PdfReader:
    answer = api.client.get(f"/badges/{award}.pdf{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    return PdfReader(io.BytesIO(answer.content))


def test_it_is_marked_as_pdf_ua(api: Api) -> None:
    """ISO 14289-1 §5 (identification), §7.1 (tagged, title shown, language), §7.21 (fonts)."""
    pdf = certificate(api, api.world.award())
    root = pdf.trailer["/Root"]
    xmp = root["/Metadata"].get_object().get_data().decode()  # type: ignore[index]
    assert "<pdfuaid:part>1</pdfuaid:part>" in xmp
    assert root["/MarkInfo"]["/Marked"] == True  # type: ignore[index]  # noqa: E712 (pypdf's own)
    assert root["/StructTreeRoot"]  # type: ignore[index]
    assert root["/Lang"].startswith("en")  # type: ignore[index]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"] == True  # type: ignore[index]  # noqa: E712
    assert pdf.metadata is not None
    assert "Checking for Understanding" in str(pdf.metadata.title)
    for font in pdf.pages[0]["/Resources"]["/Font"].values():  # type: ignore[index]
        described = font["/DescendantFonts"][0]["/FontDescriptor"]
        assert {"/FontFile2", "/FontFile3"} & described.keys()


def test_what_is_attached_is_the_badge(api: Api) -> None:
    award = api.world.award()
    attached = certificate(api, award).attachments
    assert attached == {"badge.json": [api.world.app.publishing.badge(award)]}
    as_jwt = certificate(api, award, "?proof=ES256").attachments["badge.jwt"][0]
    assert as_jwt.count(b".") == 2


@pytest.mark.parametrize("query", ["", "?proof=ES256", "?proof=ecdsa-rdfc-2019"])
def test_the_file_itself_verifies(api: Api, query: str) -> None:
    award = api.world.award()
    data = api.client.get(f"/badges/{award}.pdf{query}").content
    report = api.client.post("/v1/verify", content=data).json()
    assert report["verified"] is True, report
    assert report["checks"][0]["detail"].endswith("in a PDF")


def test_a_badge_that_was_altered_inside_is_found(api: Api) -> None:
    from pypdf import PdfWriter

    data = api.client.get(f"/badges/{api.world.award()}.pdf").content
    badge = PdfReader(io.BytesIO(data)).attachments["badge.json"][0]
    writer, out = PdfWriter(), io.BytesIO()
    writer.add_blank_page(100, 100)
    writer.add_attachment("badge.json", badge.replace(b"Checking", b"Cooking "))
    writer.write(out)
    assert api.client.post("/v1/verify", content=out.getvalue()).json()["outcome"] == "altered"


def test_the_name_stands_there_when_its_holder_shows_it(api: Api) -> None:
    award = api.world.award()
    api.world.app.views.catch_up()
    assert "Sam Synthetic" not in certificate(api, award).pages[0].extract_text()
    api.world.do(api.world.educator, PublishProfile(public=True))
    api.world.app.views.catch_up()
    shown = certificate(api, award).pages[0].extract_text()
    assert "Sam Synthetic" in shown
    assert "Shown" in shown
    assert api.world.app.site.badge(award) in shown


@pytest.mark.parametrize("name", ["张伟 Zhang Wei", "#sys.inputs *bold* <b>", "\u202emirrored"])
def test_any_words_can_be_set_and_none_is_markup(api: Api, name: str) -> None:
    award = api.world.award(micro=api.world.publish(definition(name=name)))
    data = api.client.get(f"/badges/{award}.pdf").content
    assert api.client.post("/v1/verify", content=data).json()["verified"] is True
    if name.startswith("#"):
        assert name in PdfReader(io.BytesIO(data)).pages[0].extract_text()


def test_an_erased_person_has_none(api: Api) -> None:
    award = api.world.award()
    api.world.forget(api.world.educator)
    assert api.client.get(f"/badges/{award}.pdf").status_code == 410
    assert api.client.get("/badges/nothing.pdf").status_code == 404
