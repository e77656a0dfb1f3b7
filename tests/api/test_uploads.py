"""Evidence comes in whole or in parts that go on after a break, and goes out by ranges."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from keys.pieces import PIECE
from ledger.assessment import Submission
from ledger.bus import Request
from ledger.errors import RuleBroken
from tests.api.conftest import Api
from tests.world import World

VIDEO = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41"
PARTIAL = {"Content-Type": "application/partial-upload"}


def film(size: int) -> bytes:
    return VIDEO + os.urandom(size - len(VIDEO))


def unfinished(world: World) -> list[Path]:
    folder = world.app.settings.home / "evidence" / "unfinished"
    return [path for path in folder.rglob("*") if path.is_file()]


def objects(world: World) -> list[Path]:
    folder = world.app.settings.home / "evidence"
    kept = (path for path in folder.rglob("*") if path.is_file())
    return [path for path in kept if "unfinished" not in path.parts]


def begun(api: Api, part: str = "plan", **headers: str) -> tuple[UUID, str, Any]:
    """A draft with an upload begun; gives the draft, the upload's address and the answer."""
    submission = api.world.draft()
    path = f"/v1/submissions/{submission}/evidence/{part}/uploads"
    answer = api.ask(api.world.educator, "POST", path, headers=headers)
    assert answer.status_code == 201, answer.text
    return submission, answer.headers["location"], answer


def patch(api: Api, path: str, offset: int, data: bytes, complete: bool) -> Any:
    headers = {**PARTIAL, "Upload-Offset": str(offset), "Upload-Complete": f"?{int(complete)}"}
    return api.ask(api.world.educator, "PATCH", path, headers=headers, content=data)


def test_an_upload_goes_on_where_it_was_cut_off(api: Api) -> None:
    world, data = api.world, film(2 * PIECE + 1000)
    submission, path, made = begun(api, **{"Upload-Length": str(len(data)), "File-Name": "m%C3%BC"})
    assert made.headers["upload-offset"] == "0"
    assert f"min-append-size={PIECE}" in made.headers["upload-limit"]
    first = patch(api, path, 0, data[: PIECE + 500], complete=False)
    assert (first.status_code, first.headers["upload-offset"]) == (204, str(PIECE))
    told = api.ask(world.educator, "HEAD", path)
    assert told.headers["upload-offset"] == str(PIECE)
    assert told.headers["upload-length"] == str(len(data))
    wrong = patch(api, path, PIECE + 500, b"x", complete=False)
    assert (wrong.status_code, wrong.headers["upload-offset"]) == (409, str(PIECE))
    assert wrong.json()["type"].endswith("/problems/upload-offset")
    (listed,) = api.do(world.educator, "GET", f"/v1/submissions/{submission}/uploads")
    assert (listed["name"], listed["path"]) == ("mü", path)
    assert all(b"ftyp" not in file.read_bytes() for file in unfinished(world))
    done = patch(api, path, PIECE, data[PIECE:], complete=True)
    assert done.status_code == 200
    assert done.headers["upload-complete"] == "?1"
    assert unfinished(world) == []
    shown = world.read(world.educator, submission).evidence[1]
    assert (shown.media_type, shown.size, shown.name) == ("video/mp4", len(data), "mü")
    kept = api.ask(world.educator, "GET", f"/v1/submissions/{submission}/evidence/plan")
    assert kept.content == data
    assert api.ask(world.educator, "HEAD", path).status_code == 404


@pytest.mark.parametrize("size", [PIECE, 2 * PIECE])
def test_a_last_request_without_bytes_ends_an_upload_of_whole_pieces(api: Api, size: int) -> None:
    data = film(size)
    submission, path, _ = begun(api)
    kept = patch(api, path, 0, data, complete=False)
    assert kept.headers["upload-offset"] == str(size)
    assert patch(api, path, size, b"", complete=True).status_code == 200
    answer = api.ask(api.world.educator, "GET", f"/v1/submissions/{submission}/evidence/plan")
    assert answer.content == data


def test_what_was_torn_or_sealed_as_the_last_piece_comes_again(api: Api) -> None:
    """As a kill leaves it: half a piece, or the last one of a file that nobody recorded."""
    world, data = api.world, film(2 * PIECE + 77)
    submission, path, _ = begun(api)
    assert patch(api, path, 0, data[: 2 * PIECE], complete=False).status_code == 204
    upload = UUID(path.rpartition("/")[2])
    for torn in (b"half a piece", None):
        with world.app.uploading.go_on(world.educator, upload) as incoming:
            incoming.write(data[incoming.offset :])
            if torn is None:
                incoming._draft.finish()
        if torn is not None:
            with world.app.uploading.folder.draft(incoming.upload).open("ab") as file:
                file.write(torn)
        assert api.ask(world.educator, "HEAD", path).headers["upload-offset"] == str(2 * PIECE)
    assert patch(api, path, 2 * PIECE, data[2 * PIECE :], complete=True).status_code == 200
    answer = api.ask(world.educator, "GET", f"/v1/submissions/{submission}/evidence/plan")
    assert answer.content == data


def test_a_damaged_beginning_is_told_and_nothing_of_it_stays(api: Api) -> None:
    world = api.world
    _, path, _ = begun(api)
    patch(api, path, 0, film(2 * PIECE), complete=False)
    (draft,) = [file for file in unfinished(world) if file.suffix == ".sealed"]
    with draft.open("r+b") as file:
        file.seek(5000)
        file.write(b"damage")
    before = objects(world)
    answer = patch(api, path, 2 * PIECE, b"end", complete=True)
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("/problems/upload-damaged")
    assert unfinished(world) == []
    assert objects(world) == before


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x7fELF" + bytes(70_000), "a file of a kind that is not known here"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG picture"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "a web page"),
        (b"PK\x03\x04" + bytes(100), "a ZIP archive"),
    ],
)
def test_what_a_part_does_not_take_is_told_in_words_and_leaves_nothing(
    api: Api, content: bytes, words: str
) -> None:
    world = api.world
    submission = world.draft()
    before = objects(world)
    path = f"/v1/submissions/{submission}/evidence/plan"
    headers = {"Content-Type": "video/mp4", "File-Name": "film.mp4"}
    answer = api.ask(world.educator, "PUT", path, headers=headers, content=content)
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("/problems/media-not-taken")
    assert words in answer.json()["detail"]
    assert (unfinished(world), objects(world)) == ([], before)


def test_refused_bytes_end_an_upload_that_could_have_gone_on(api: Api) -> None:
    _, path, _ = begun(api)
    answer = patch(api, path, 0, b"\x7fELF" + bytes(2 * PIECE), complete=False)
    assert answer.json()["type"].endswith("/problems/media-not-taken")
    assert unfinished(api.world) == []
    assert api.ask(api.world.educator, "HEAD", path).status_code == 404


def test_a_person_has_few_unfinished_uploads_and_can_end_them(api: Api) -> None:
    world = api.world
    limit = world.app.bus.policy().limits.unfinished_uploads
    made = [begun(api) for _ in range(limit)]
    path = f"/v1/submissions/{made[0][0]}/evidence/plan/uploads"
    refused = api.ask(world.educator, "POST", path)
    assert refused.status_code == 409
    assert refused.json()["type"].endswith("/problems/too-many-uploads")
    assert api.ask(world.educator, "DELETE", made[0][1]).status_code == 204
    assert api.ask(world.educator, "POST", path).status_code == 201


def test_nobody_else_sees_or_touches_an_upload(api: Api) -> None:
    world = api.world
    submission, path, _ = begun(api)
    other = world.person("educator", world.campus)
    strangers = [other, world.manager, world.assessors[0], world.administrator]
    for who in strangers:
        assert api.ask(who, "HEAD", path).status_code == 404
        assert api.ask(who, "DELETE", path).status_code == 404
        headers = {**PARTIAL, "Upload-Offset": "0"}
        assert api.ask(who, "PATCH", path, headers=headers, content=b"x").status_code == 404
        begin = f"/v1/submissions/{submission}/evidence/plan/uploads"
        assert api.ask(who, "POST", begin).status_code in (403, 404)
        assert api.do(who, "GET", f"/v1/submissions/{submission}/uploads") == []


def test_the_old_and_the_left_behind_are_swept_and_the_living_stay(api: Api) -> None:
    world, uploading = api.world, api.world.app.uploading
    _, path, _ = begun(api)
    upload = UUID(path.rpartition("/")[2])
    direct = uploading.begin(world.educator, world.draft(), "plan", "a.mp4")
    direct.write(film(3 * PIECE))
    assert uploading.sweep(world.clock()) == 0  # somebody writes to it
    direct._draft.close()  # as a killed process lets go of it
    assert uploading.sweep(world.clock()) == 1
    with uploading.go_on(world.educator, upload):
        pass
    later = world.clock() + timedelta(days=8)
    with uploading.go_on(world.educator, upload):
        assert uploading.sweep(later) == 0
    assert uploading.sweep(later) == 1
    assert unfinished(world) == []


@pytest.mark.parametrize("recorded", [True, False])
def test_a_kill_between_keeping_and_recording_leaves_no_stray_bytes(
    api: Api, monkeypatch: pytest.MonkeyPatch, recorded: bool
) -> None:
    class Killed(BaseException):
        pass

    world, uploading = api.world, api.world.app.uploading
    submission = world.draft()
    before = objects(world)
    store = world.app.store
    commit = store.commit

    def killed(*aggregates: Any, **more: Any) -> None:
        if recorded:
            commit(*aggregates, **more)
        raise Killed

    monkeypatch.setattr(store, "commit", killed)
    with (
        pytest.raises(Killed),
        uploading.begin(world.educator, submission, "plan", "a.mp4") as incoming,
    ):
        incoming.write(film(1000))
        incoming.hand_in(Request(world.educator))
    monkeypatch.undo()
    assert len(objects(world)) == len(before) + 1
    uploading.sweep(world.clock())
    assert len(objects(world)) == len(before) + 1  # it may be going on yet
    world.clock.now += timedelta(minutes=11)
    uploading.sweep(world.clock())
    assert len(objects(world)) == len(before) + recorded
    assert unfinished(world) == []
    assert ("plan" in store.read(Submission, submission, "it").evidence) is recorded


def test_whoever_is_erased_leaves_no_unfinished_upload(api: Api) -> None:
    _, path, _ = begun(api)
    patch(api, path, 0, film(PIECE + 5), complete=False)
    assert unfinished(api.world)
    api.world.forget(api.world.educator)
    assert unfinished(api.world) == []


def test_evidence_is_fixed_for_an_upload_that_was_begun_before(api: Api) -> None:
    world = api.world
    submission, path, _ = begun(api)
    api.do(world.educator, "POST", f"/v1/submissions/{submission}/submit", json={"attested": True})
    answer = patch(api, path, 0, b"x", complete=True)
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (409, "wrong-state")


@pytest.mark.parametrize(
    ("asked", "status", "span"),
    [
        ("bytes=0-9", 206, (0, 10)),
        (f"bytes={PIECE - 5}-{PIECE + 4}", 206, (PIECE - 5, PIECE + 5)),
        (f"bytes={2 * PIECE}-", 206, (2 * PIECE, 2 * PIECE + 50)),
        ("bytes=-10", 206, (2 * PIECE + 40, 2 * PIECE + 50)),
        ("bytes=5-999999999", 206, (5, 2 * PIECE + 50)),
        ("bytes=0-1,5-6", 200, (0, 2 * PIECE + 50)),
        ("bytes=9-3", 200, (0, 2 * PIECE + 50)),
        ("lines=1-2", 200, (0, 2 * PIECE + 50)),
        ("bytes=999999999-", 416, (0, 0)),
        ("bytes=-0", 416, (0, 0)),
    ],
)
def test_a_video_is_sought_by_ranges(
    api: Api, asked: str, status: int, span: tuple[int, int]
) -> None:
    world, data = api.world, film(2 * PIECE + 50)
    submission = world.draft()
    path = f"/v1/submissions/{submission}/evidence/plan"
    api.do(world.educator, "PUT", path, content=data)
    answer = api.ask(world.educator, "GET", path, headers={"Range": asked})
    assert answer.status_code == status
    first, stop = span
    if status != 416:
        assert answer.content == data[first:stop]
        assert answer.headers["content-length"] == str(stop - first)
    if status == 206:
        assert answer.headers["content-range"] == f"bytes {first}-{stop - 1}/{len(data)}"
    changed = {"Range": asked, "If-Range": '"another"'}
    assert api.ask(world.educator, "GET", path, headers=changed).status_code == 200


def test_an_object_that_was_exchanged_or_cut_is_never_sent_as_if_whole(api: Api) -> None:
    world = api.world
    submission = world.draft()
    path = f"/v1/submissions/{submission}/evidence/plan"
    before = objects(world)
    api.do(world.educator, "PUT", path, content=film(2 * PIECE))
    (kept,) = set(objects(world)) - set(before)
    whole = kept.read_bytes()
    kept.write_bytes(whole[:-PIECE])
    assert api.ask(world.educator, "GET", path).status_code == 500
    kept.write_bytes(whole[:-1] + b"x")
    first = api.ask(world.educator, "GET", path, headers={"Range": "bytes=0-9"})
    assert first.status_code == 206  # its pieces stand for themselves


def test_an_unknown_upload_is_not_found_and_a_busy_one_says_so(api: Api) -> None:
    world, uploading = api.world, api.world.app.uploading
    assert api.ask(world.educator, "HEAD", f"/v1/uploads/{uuid4()}").status_code == 404
    _, path, _ = begun(api)
    upload = UUID(path.rpartition("/")[2])
    with uploading.go_on(world.educator, upload), pytest.raises(RuleBroken) as busy:
        uploading.go_on(world.educator, upload)
    assert busy.value.code == "upload-busy"
