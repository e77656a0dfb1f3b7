"""What stayed behind: private answers that caches keep, errors without security headers, a slash
redirect that followed a Host header, an API description without its scheme of security, and
addresses that are public to one version of the standard library and not to another."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.addresses import is_public
from api.http.app import create
from tests.attacks.conftest import Api
from tests.world import World

ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[Api]:
    """A deployment at an https address."""
    world = World.build(tmp_path / "secure", base_url="https://badges.example.org")
    client = TestClient(
        create(world.app), "https://badges.example.org", raise_server_exceptions=False
    )
    with client:
        yield Api(world, client)


def every_answer(api: Api, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """One answer of each kind, by what it is."""

    def fail(*_: object) -> None:
        raise RuntimeError

    award = api.world.award()
    own = api.headers(api.world.educator)
    client = api.client
    found = {
        "page": client.get("/", headers={"Accept": "text/html"}),
        "badge": client.get(f"/badges/{award}.json"),
        "log": client.get("/log/checkpoint"),
        "me": client.get("/v1/me", headers=own),
        "report": client.post("/v1/verify", content=b"{}"),
        "nobody": client.get("/v1/me"),
        "missing": client.get("/badges/none"),
        "missing page": client.get("/badges/none", headers={"Accept": "text/html"}),
        "wrong": client.get("/v1/submissions/none", headers=own),
        "large": client.post("/v1/verify", content=b"x" * 11_000_000),
        "method": client.delete("/v1/me", headers=own),
        "form": client.post("/verify", data={"text": "x"}),
        "host": client.get("/", headers={"Host": "evil.example"}),
    }
    monkeypatch.setattr("api.http.v1.people.organizations.page", fail)
    found["error"] = client.get("/v1/organizations", headers=own)
    statuses = [answer.status_code for answer in found.values()]
    assert statuses == [200] * 5 + [401, 404, 404, 422, 413, 405, 200, 421, 500]
    return found


def test_headers_of_every_answer(secure: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind, answer in every_answer(secure, monkeypatch).items():
        for name, value in ALWAYS.items():
            assert answer.headers[name] == value, kind
        assert "default-src 'none'" in answer.headers["content-security-policy"], kind
        assert answer.headers["strict-transport-security"].startswith("max-age="), kind


def test_private_answers_are_kept_by_nobody(secure: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    public = {"page", "badge", "log"}
    for kind, answer in every_answer(secure, monkeypatch).items():
        is_private = answer.headers.get("cache-control") == "no-store"
        assert is_private == (kind not in public), kind


def test_plain_http_promises_no_https(api: Api) -> None:
    assert "strict-transport-security" not in api.client.get("/").headers


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "badges.example.org.evil.example", "badges.example.org@evil.example"),
        *("evil.example:443", "[::1", "", "badges.example.org:99999999", "badges.example.org:x"),
    ],
)
def test_another_host_is_answered_nothing(secure: Api, host: str) -> None:
    answer = secure.client.get("/", headers={"Host": host})
    assert answer.status_code == 421
    assert "evil" not in answer.text


def test_names_that_are_our_own(secure: Api, api: Api) -> None:
    for host in ("badges.example.org", "Badges.Example.ORG", "badges.example.org:8000"):
        assert secure.client.get("/", headers={"Host": host}).status_code == 200
    assert secure.client.get("/healthz", headers={"Host": "10.0.0.7:8000"}).status_code == 200
    assert secure.client.get("/", headers={"Host": "localhost"}).status_code == 421
    for host in ("localhost:8123", "127.0.0.1:8123", "[::1]:8123"):
        assert api.client.get("/", headers={"Host": host}).status_code == 200
    assert api.client.get("/", headers={"Host": "evil.example"}).status_code == 421


def test_further_names(world: World) -> None:
    settings = world.app.settings.model_copy(update={"allowed_hosts": "a.example, B.example"})
    assert {"a.example", "b.example", "localhost"} <= settings.hosts
    assert "" not in settings.hosts


@pytest.mark.parametrize("path", ["/verify/", "/v1/me/", "/log/", "/badges/", "/people//"])
def test_a_slash_leads_nowhere(api: Api, path: str) -> None:
    answer = api.client.get(path, follow_redirects=False)
    assert answer.status_code in {401, 404, 422}
    assert "location" not in answer.headers


def test_the_description_says_who_needs_a_token(api: Api) -> None:
    described = api.client.get("/v1/openapi.json").json()
    scheme = described["components"]["securitySchemes"]["token"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    for path, operations in described["paths"].items():
        for operation in operations.values():
            is_open = path in ("/v1/verify", "/v1/invitations/accept")
            expected = [] if is_open else [{"token": []}]
            assert operation.get("security", []) == expected, path


REGISTRY_4 = """0.0.0.0/8 0.0.0.0/32 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16
172.16.0.0/12 192.0.0.0/24 192.0.0.0/29 192.0.0.8/32 192.0.0.9/32 192.0.0.10/32 192.0.0.170/32
192.0.0.171/32 192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.88.99.2/32
192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4
240.0.0.0/4 255.255.255.255/32"""
REGISTRY_6 = """::1/128 ::/128 ::ffff:0:0/96 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/23
2001::/32 2001:1::1/128 2001:1::2/128 2001:1::3/128 2001:2::/48 2001:3::/32 2001:4:112::/48
2001:10::/28 2001:20::/28 2001:30::/28 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20
5f00::/16 fc00::/7 fe80::/10 ::/96 fec0::/10 ff00::/8 4000::/3 8000::/1"""


@pytest.mark.parametrize("row", (REGISTRY_4 + " " + REGISTRY_6).split())
def test_no_row_of_the_registries_is_public(row: str) -> None:
    """IANA's special-purpose registries, and what was never given out: first, middle and last."""
    block = ipaddress.ip_network(row)
    for place in {0, 1, block.num_addresses // 2, block.num_addresses - 1}:
        address = block[min(place, block.num_addresses - 1)]
        assert not is_public(str(address)), address
        if isinstance(address, ipaddress.IPv4Address):
            assert not is_public(f"::ffff:{address}")
            assert not is_public(f"64:ff9b::{address}")


def test_what_lies_beside_the_rows_is_public() -> None:
    for address in (
        *("1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0"),
        *("126.255.255.255", "128.0.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0"),
        *("192.167.255.255", "198.17.255.255", "198.20.0.0", "223.255.255.255"),
        *("2001:200::", "2001:4860:4860::8888", "2a00::1", "2003::1", "3ffe:ffff::"),
        "64:ff9b::1.1.1.1",
    ):
        assert is_public(address), address
    for text in ("", "x", "1.1.1", "2a00::1%eth0", "fe80::1%eth0", "1.1.1.1/32", "0x7f.1", "1.1"):
        assert not is_public(text), text
