"""The assessor's pages, looked at; keyboard alone; and a corpus of evidence that would run a script
if anything let it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from PIL import Image
from playwright.sync_api import Error, Page

from api.assessing import take_next
from api.review_drafts import Draft
from api.reviews import save_draft
from ledger.assessment import AppealRefusal, DraftSubmission, RecordReview, SubmitRound
from ledger.bus import Request
from ledger.catalogue import Part
from ledger.context import Caller
from ledger.errors import Invalid
from tests.api.test_viewing import written
from tests.pages.house import House
from tests.world import NOT_YET, WHY, definition, evidence

MARK = "fetch('/pwned')"
SCRIPT = f"<script>{MARK};alert(1);document.title='pwned'</script>"


def _picture(kind: str, **saved: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(out, kind, **saved)
    return out.getvalue()


def _commented() -> bytes:
    exif = Image.new("RGB", (1, 1)).getexif()
    exif[0x010E] = SCRIPT
    return _picture("JPEG", exif=exif)


def _active_pdf() -> bytes:
    action = f"<< /S /JavaScript /JS (app.alert(1);{MARK.replace('(', '[').replace(')', ']')}) >>"
    return written("Hello").replace(
        b"/Type /Catalog", b"/Type /Catalog /OpenAction " + action.encode()
    )


SVG = f"""<svg xmlns="http://www.w3.org/2000/svg" onload="{MARK}"><script>{MARK}</script>
<foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml" srcdoc="{SCRIPT}"/></foreignObject>
</svg>"""

CORPUS: dict[str, bytes] = {
    "text": f"{SCRIPT}<img src=x onerror={MARK}>\n]]>{SCRIPT}".encode(),
    "template": b"{{ 7 * 7 }} {% include '/etc/passwd' %} ${7*7} <%= 7 %>",
    "markdown": f'[a](javascript:{MARK}) <javascript:{MARK}> ![b](x" onerror="{MARK})'.encode(),
    "link": f"javascript:{MARK}".encode(),
    "data-link": f"data:text/html,{SCRIPT}".encode(),
    "quoted-link": f'https://example.org/"onmouseover="{MARK}'.encode(),
    "html": f"<!doctype html><html><body onload={MARK}>{SCRIPT}".encode(),
    "svg": SVG.encode(),
    "xml": f'<?xml version="1.0"?><?xml-stylesheet href="data:,x"?><x>{SVG}</x>'.encode(),
    "gif-script": b"GIF89a/*" + _picture("GIF")[8:] + f"*/=1;{MARK}//{SCRIPT}".encode(),
    "png-html": _picture("PNG") + SCRIPT.encode(),
    "jpeg-comment": _commented(),
    "bmp-html": _picture("BMP") + SCRIPT.encode(),
    "pdf-action": _active_pdf(),
    "pdf-html": written("Hello") + SCRIPT.encode(),
    "video-html": b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41" + SCRIPT.encode(),
    "sound-html": b"ID3\x04\x00\x00\x00\x00\x00\x00" + SCRIPT.encode() * 20,
    "zip-html": b"PK\x03\x04" + SCRIPT.encode(),
    "utf-7": b"+ADw-script+AD4-" + MARK.encode() + b"+ADw-/script+AD4-",
    "utf-16": SCRIPT.encode("utf-16"),
}


def _part(name: str, **more: Any) -> Part:
    anything = ("text", "document", "image", "audio", "video", "other")
    values = {"name": name, "instruction": "Say *how*.", "kind": "file", "media": anything}
    return Part.model_validate({"id": name, "required": False, **values, **more})


@pytest.fixture(scope="module")
def corpus(house: House) -> tuple[Caller, UUID, UUID]:
    """An assessor with a review of a submission that holds it all: who, which, of which."""
    world = house.world
    parts = tuple(
        _part(name, **({"kind": "link", "media": ()} if "link" in name else {})) for name in CORPUS
    )
    micro = world.publish(definition(name="Corpus", parts=parts))
    educator = world.person("educator", world.campus)
    submission = _handed_in(house, educator, micro, CORPUS)
    assessor = world.assessors[0]
    review = take_next(world.app, Request(assessor), micro).id
    return assessor, review, submission


def _handed_in(house: House, educator: Caller, micro: UUID, files: dict[str, bytes]) -> UUID:
    world = house.world
    submission = world.do(educator, DraftSubmission(micro_credential=micro, number=1)).id
    for part, data in files.items():
        try:
            world.do(educator, evidence(submission, data, part))
        except Invalid as refusal:  # what is no link is not taken for one
            assert "link" in part, (part, refusal)
    world.do(educator, SubmitRound(submission=submission, attested=True))
    world.app.views.catch_up()
    return submission


class Watch:
    """Notices a script that runs, in a page or in what it opens."""

    def __init__(self, page: Page) -> None:
        self.seen: list[str] = []
        page.on("dialog", self._dialog)
        page.context.on("request", self._request)
        self._page = page

    def _dialog(self, dialog: Any) -> None:
        self.seen.append("a dialog")
        dialog.dismiss()

    def _request(self, request: Any) -> None:
        if "pwned" in request.url:
            self.seen.append(request.url)

    def ran(self) -> list[str]:
        self._page.wait_for_timeout(150)
        title = self._page.title()
        return self.seen + (["the title"] if "pwned" in title else [])


def test_a_script_that_runs_would_be_noticed(house: House) -> None:
    with house.open("/nowhere") as page:
        watch = Watch(page)
        page.route("**/trap", lambda route: route.fulfill(body=SCRIPT, content_type="text/html"))
        page.goto(house.base + "/trap")
        assert len(watch.ran()) >= 3


def test_no_evidence_runs_a_script(house: House, corpus: tuple[Caller, UUID, UUID]) -> None:
    assessor, review, submission = corpus
    for path in (f"/reviews/{review}", *_addresses(submission)):
        with house.open("/queue", assessor) as page:
            watch = Watch(page)
            try:
                page.goto(house.base + path)
            except Error as error:
                assert "Download is starting" in str(error) or "ERR_ABORTED" in str(error), path
            page.mouse.move(200, 200)
            assert watch.ran() == [], path


def test_no_evidence_runs_a_script_in_a_frame_or_as_one(
    house: House, corpus: tuple[Caller, UUID, UUID]
) -> None:
    """Also where a page of ours, that somebody had got a foot into, embeds it."""
    assessor, _, submission = corpus
    with house.open("/queue", assessor) as page:
        watch = Watch(page)
        page.route("**/trap", lambda route: route.fulfill(body="", content_type="text/html"))
        page.goto(house.base + "/trap")
        for path in _addresses(submission):
            page.evaluate(
                """path => new Promise(done => {
                    let left = 2; const over = () => { if (!--left) done(); };
                    for (const tag of ['script', 'iframe']) {
                        const made = document.createElement(tag);
                        made.onload = made.onerror = over; made.src = path;
                        document.body.append(made);
                    }
                    setTimeout(done, 2000);
                })""",
                path,
            )
        assert watch.ran() == []


def _addresses(submission: UUID) -> Iterator[str]:
    for part in CORPUS:
        piece = f"/submissions/{submission}/evidence/{part}"
        yield from (piece, *(f"{piece}/{more}" for more in ("raw", "download", "picture", "words")))
        yield f"{piece}/pages/1"


def test_a_review_is_done_by_keyboard_alone_in_reading_order(house: House) -> None:
    world = house.world
    micro = world.publish(definition(name="By Keyboard"))
    world.submitted(world.person("educator", world.campus), micro)
    assessor = world.assessors[1]
    review = take_next(world.app, Request(assessor), micro).id
    with house.open(f"/reviews/{review}", assessor) as page:
        order = _tabbed(page)
        wanted = ["level-practice", "feedback-practice", "level-impact", "feedback-impact", "do"]
        assert [name for name in dict.fromkeys(order) if name in wanted] == wanted
        page.focus("#level-practice")
        page.keyboard.press("Space")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.type("Show more.")
        with page.expect_response(lambda r: r.status == 204):
            pass
        assert page.inner_text("#saved") == "Saved."
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**/check")
        assert "Verdict: not yet" in page.inner_text("main")
        page.click("text=Seal this review")
        page.wait_for_url(f"**/reviews/{review}")
        assert "You scored it: not yet" in page.inner_text("main")


def _tabbed(page: Page) -> list[str]:
    """The names of the fields in the order in which Tab comes to them."""
    found = []
    for _ in range(40):
        page.keyboard.press("Tab")
        found.append(page.evaluate("document.activeElement.name || ''"))
    return found


def test_the_assessors_pages(house: House) -> None:
    world = house.world
    parts = (
        _part("reflection", kind="text", media=()),
        _part("photo"),
        _part("plan"),
        _part("lesson"),
    )
    files = {
        "reflection": b"I asked every student.\n\nThen I changed the lesson.",
        "photo": _picture("JPEG"),
        "plan": written("A lesson plan"),
        "lesson": CORPUS["video-html"],
    }
    micro = world.publish(definition(name="Looked At", parts=parts))
    people = [world.person("educator", world.campus) for _ in range(3)]
    first, *_ = (_handed_in(house, educator, micro, files) for educator in people)
    own = world.assessors[2]
    house.look_at("queue", "/queue", own)
    review, sealed = (take_next(world.app, Request(own), micro).id for _ in range(2))
    path = f"/reviews/{review}"
    house.look_at("review", path, own)
    save_draft(world.app, own, review, Draft(NOT_YET, WHY))
    house.look_at("review-check", f"{path}/check", own)
    house.look_at("review-step-back", f"{path}/step-back", own)
    world.do(own, RecordReview(review=sealed, levels=NOT_YET, feedback=dict(WHY)))
    house.look_at("review-sealed", f"/reviews/{sealed}", own)
    house.look_at("reviews", "/my/reviews", own)
    for part in files:
        house.look_at(f"evidence-{part}", f"/submissions/{first}/evidence/{part}", own)
    house.look_at("evidence-words", f"/submissions/{first}/evidence/plan/words", own)
    house.look_at("queue-empty", "/queue", world.person("assessor", world.campus))
    house.look_at("reviews-empty", "/my/reviews", world.person("assessor", world.campus))


def test_the_pages_of_an_appeal(house: House) -> None:
    world = house.world
    once = world.publish(definition(name="Appealed", rounds_allowed=1))
    educator = world.person("educator", world.campus)
    submission = world.submitted(educator, once)
    own = world.assessors[0]
    review = take_next(world.app, Request(own), once).id
    world.do(own, RecordReview(review=review, levels=NOT_YET, feedback=dict(WHY)))
    world.do(educator, AppealRefusal(submission=submission, grounds="Look at page 3."))
    path = f"/appeals/{submission}"
    house.look_at("appeal", path, world.manager)
    with house.open(path, world.manager) as page:
        page.check("text=No, the evidence meets the rubric")
        page.fill("#reason", "It is all there.")
        page.click("text=Check your answers")
        assert house.judge(page) == []
        house.photograph(page, "appeal-check")
        page.click("text=Decide")
        assert "The refusal was overturned" in page.inner_text("main")
    house.look_at("appeal-decided", path, world.manager)
