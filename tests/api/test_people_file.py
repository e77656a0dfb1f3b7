"""People from a spreadsheet: what each line would do, doing it once, and nothing but words for
what is no such table."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from ledger.people import NETWORK_ID, Person, RegisterOrganization
from tests.api.conftest import Api


def rows(api: Api, data: bytes | str, *, preview: bool, caller: Any = None) -> Any:
    path = "/v1/people/file/preview" if preview else "/v1/people/file"
    content = data.encode() if isinstance(data, str) else data
    answer = api.ask(caller or api.world.administrator, "POST", path, content=content)
    return answer.json()["items"] if answer.is_success else answer


def outcomes(found: Any) -> list[tuple[str, str, bool]]:
    return [(row["outcome"], row["code"], row["done"]) for row in found]


def table(*lines: str) -> str:
    return "\n".join(["name,email,unit,roles", *lines])


def test_a_file_is_previewed_carried_out_and_sent_again(api: Api) -> None:
    world = api.world
    data = table(
        "Ana Álvarez,ana@example.org,Oak,educator",
        "'=Ben,ben@example.org,East / Oak,Educator; assessor @ Harmony",
        "",
        "Ana again,ANA@example.org,Oak,",
        "Cid,cid@example,Oak,educator",
        "Dee,dee@example.org,Elm,educator",
        "Eve,eve@example.org,Oak,principal",
        "Fay,fay@example.org,Oak,administrator; auditor",
        ",gus@example.org,Oak,educator",
    )
    api.headers(world.administrator)
    before = world.app.store.position()
    planned = rows(api, data, preview=True)
    assert world.app.store.position() == before, "a preview records nothing"
    assert outcomes(planned) == [
        ("create", "", False),
        ("create", "", False),
        ("refuse", "twice", False),
        ("refuse", "bad-email", False),
        ("refuse", "unit-unknown", False),
        ("refuse", "role-unknown", False),
        ("refuse", "roles-exclude-each-other", False),
        ("refuse", "bad-name", False),
    ]
    assert [row["number"] for row in planned] == [2, 3, 5, 6, 7, 8, 9, 10]
    done = rows(api, data, preview=False)
    assert [row["done"] for row in done] == [True, True, *[False] * 6]
    ben = world.app.store.read(Person, UUID(done[1]["person"]), "person")
    assert world.app.vault.open(ben.name) == b"=Ben"
    assert ben.grants == {("educator", world.campus), ("assessor", NETWORK_ID)}
    again = rows(api, data, preview=False)
    assert outcomes(again)[:2] == [("nothing", "", False), ("nothing", "", False)]
    more = table("Ana,ana@example.org,Oak,educator; assessor")
    assert outcomes(rows(api, more, preview=True)) == [("change", "", False)]
    (changed,) = rows(api, more, preview=False)
    assert (changed["done"], changed["roles"]) == (True, ["assessor @ Oak"])


def test_what_is_exported_can_be_sent_back_and_changes_nothing(api: Api) -> None:
    world = api.world
    world.person("educator", world.campus, name="+1 Plus")
    path = f"/v1/organizations/{NETWORK_ID}/people.csv"
    exported = api.ask(world.administrator, "GET", path).content
    assert b"'+1 Plus" in exported
    position = world.app.store.position()
    assert {row["outcome"] for row in rows(api, exported, preview=False)} == {"nothing"}
    assert world.app.store.position() == position


def test_a_spreadsheets_own_ways_are_read(api: Api) -> None:
    data = (
        "\ufeffEmail;Name;Unit;Roles;Remark\r\n"
        'ana@example.org;"Ana; the\nfirst";Oak;educator;new\r\n'
        ";;;;\r\n"
    )
    assert outcomes(rows(api, data, preview=True)) == [("create", "", False)]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "names no column name, email, unit, roles"),
        (b"name,email,unit\n", "names no column roles"),
        (b"name,email,unit,roles,name\nx,y,z,a,b\n", "names name twice"),
        (b"name,email,unit,roles\na,b,c,d,e\n", "line 2 has more cells"),
        (b'name,email,unit,roles\n"a,b\n', "cannot be read"),
        (b"name,email,unit,roles\n\xff,b\n", "not UTF-8"),
        (b"PK\x03\x04\x00\x00", "bytes that have no place"),
        (b"name,email,unit,roles\n" + b"a" * 5000 + b",b,c,d\n", "too long"),
        (b"name,email,unit,roles\n" + b"a,b,c,d\n" * 501, "more than 500 lines"),
    ],
)
def test_what_is_no_such_table_is_told_in_words(api: Api, data: bytes, words: str) -> None:
    for preview in (True, False):
        answer = rows(api, data, preview=preview)
        assert answer.status_code == 422
        assert answer.json()["type"].endswith("/bad-table")
        assert words in answer.json()["detail"]


def test_only_administrators_and_only_within_their_part(api: Api) -> None:
    world = api.world
    data = table("Ana,ana@example.org,Oak,educator")
    for caller in (world.manager, world.assessors[0], world.educator):
        for preview in (True, False):
            (row,) = rows(api, data, preview=preview, caller=caller)
            assert (row["outcome"], row["code"]) == ("refuse", "not-permitted")
    west = RegisterOrganization(name="West", kind="district", parent=NETWORK_ID)
    other = world.person("administrator", world.do(world.administrator, west).id)
    theirs = table(
        "Ana,ana@example.org,Oak,educator",
        "Bo,bo@example.org,West,educator @ Oak",
        "Cy,cy@example.org,West,educator",
        "Ari,ari@example.org,West,educator",
    )
    assert [
        (row["outcome"], row["code"]) for row in rows(api, theirs, preview=False, caller=other)
    ] == [
        ("refuse", "not-permitted"),
        ("refuse", "not-permitted"),
        ("create", ""),
        ("refuse", "email-taken"),
    ]


def test_two_units_of_one_name_are_told_apart_by_their_place(api: Api) -> None:
    world = api.world
    west = RegisterOrganization(name="West", kind="district", parent=NETWORK_ID)
    above = world.do(world.administrator, west).id
    world.do(world.administrator, RegisterOrganization(name="Oak", kind="campus", parent=above))
    data = table(
        "Ana,ana@example.org,Oak,",
        "Bo,bo@example.org,west/oak,",
        f"Cy,cy@example.org,{world.campus},",
    )
    assert [(r["outcome"], r["code"]) for r in rows(api, data, preview=True)] == [
        ("refuse", "unit-ambiguous"),
        ("create", ""),
        ("create", ""),
    ]


def test_people_are_found_by_words_of_name_and_address(api: Api) -> None:
    world = api.world
    address = f"{uuid4().hex}@example.org"
    rows(api, table(f"José Núñez,{address},Oak,educator"), preview=False)

    def found(words: str, **more: Any) -> Any:
        body = {"unit": str(NETWORK_ID), "words": words, **more}
        return api.do(world.administrator, "POST", "/v1/people/search", json=body)

    assert [p["name"] for p in found("nunez jose")["items"]] == ["José Núñez"]
    assert found(address[:8].upper())["total"] == 1
    assert found("José", role="assessor")["total"] == 0
    assert found("José", role="educator")["total"] == 1
    everybody = found("")
    assert everybody["total"] == len(everybody["items"])
    names = [person["name"] for person in everybody["items"]]
    assert names == sorted(names)
    assert [p["name"] for p in found("", offset=1, limit=1)["items"]] == names[1:2]
    assert found("nobody of that name") == {"total": 0, "items": []}


def test_whoever_is_erased_is_found_no_more(api: Api) -> None:
    world = api.world
    gone = world.person("educator", world.campus, name="Wilhelmina Quuxworthy")
    body = {"unit": str(NETWORK_ID), "words": "quuxworthy"}
    assert api.do(world.administrator, "POST", "/v1/people/search", json=body)["total"] == 1
    world.forget(gone)
    administrator = world.person("administrator", NETWORK_ID)
    assert api.do(administrator, "POST", "/v1/people/search", json=body)["total"] == 0
    assert all("quux" not in known.text for known in world.app.directory._in_order)
