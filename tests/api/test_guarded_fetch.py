"""The fetcher against servers and names that mean harm; all of it on this machine."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from api.fetch import LARGEST_BODY, GuardedFetcher, is_public
from badges.errors import UnreachableDocument


class Hostile(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        host = self.headers["Host"]
        if self.path == "/good":
            self._send(200, b'{"a": 1}')
        elif self.path == "/large":
            self._send(200, b" " * (LARGEST_BODY + 1))
        elif self.path == "/gzip":
            self._send(200, b"x", {"Content-Encoding": "gzip"})
        elif self.path == "/elsewhere":
            self._send(302, b"", {"Location": "https://169.254.169.254/latest"})
        elif self.path == "/near":
            self._send(302, b"", {"Location": f"http://{host}/good"})
        elif self.path == "/round":
            self._send(302, b"", {"Location": "/round"})
        elif self.path == "/slow":
            self.send_response(200)
            self.end_headers()
            for _ in range(600):
                self.wfile.write(b" ")
                self.wfile.flush()
                time.sleep(0.1)
        else:
            self._send(404, b"no")

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Hostile)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    yield f"http://localhost:{httpd.server_port}"
    httpd.shutdown()
    httpd.server_close()


def test_a_document_of_a_neighbour_in_development(server: str) -> None:
    fetcher = GuardedFetcher(allow_localhost=True)
    assert fetcher.load(f"{server}/good") == {"a": 1}
    assert fetcher.load(f"{server}/near") == {"a": 1}


@pytest.mark.parametrize("path", ["/large", "/gzip", "/elsewhere", "/round", "/missing"])
def test_hostile_answers_are_refused(server: str, path: str) -> None:
    with pytest.raises(UnreachableDocument):
        GuardedFetcher(allow_localhost=True).fetch(server + path)


def test_a_slow_body_is_cut_off(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.fetch._SECONDS", 0.5)
    began = time.monotonic()
    with pytest.raises(UnreachableDocument, match="slow"):
        GuardedFetcher(allow_localhost=True).fetch(server + "/slow")
    assert time.monotonic() - began < 5


def test_localhost_is_refused_outside_development(server: str) -> None:
    with pytest.raises(UnreachableDocument):
        GuardedFetcher().fetch(server + "/good")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "::ffff:127.0.0.1",
        "fe80::1",
        "fd00::1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "not-an-ip",
    ],
)
def test_a_name_that_resolves_to_a_private_address(address: str) -> None:
    assert not is_public(address)
    fetcher = GuardedFetcher(resolve=lambda _host, _port: ["93.184.215.14", address])
    with pytest.raises(UnreachableDocument, match="public internet"):
        fetcher.fetch("https://rebind.example.org/")


def test_public_addresses_are_public() -> None:
    assert is_public("93.184.215.14")
    assert is_public("2606:2800:21f:cb07:6820:80da:af6b:8b2c")


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "ftp://example.org/",
        "https://example.org:22/",
        "https:///x",
        "https://a@example.org/",
        "file:///etc/passwd",
        "https://[bad/",
        "gopher://x",
        "",
    ],
)
def test_addresses_that_are_never_fetched(url: str) -> None:
    def never(host: str, _port: int) -> list[str]:
        raise AssertionError(f"{host} was looked up")

    with pytest.raises(UnreachableDocument):
        GuardedFetcher(allow_localhost=True, resolve=never).fetch(url)
