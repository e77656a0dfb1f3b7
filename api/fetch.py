"""The guarded fetcher: the only place from which this deployment reaches out.

A document's address comes from strangers, so: HTTPS only, port 443, every address that the name
resolves to must be public, the connection goes to the address that was checked, redirects stay
on their host, the body is at most 1 MiB as sent, and all of it takes at most ten seconds.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

import httpx2

from badges.document import Document
from badges.errors import UnreachableDocument
from badges.loader import fetched_document

LARGEST_BODY = 1024 * 1024
"""Bytes that a fetched document may have."""

_SECONDS = 10.0
_REDIRECTS = 3
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_ACCEPT = (
    "application/vc+ld+json, application/did+json, application/json;q=0.9, application/vc+jwt;q=0.8"
)

Resolve = Callable[[str, int], list[str]]
"""The addresses of a host name."""


def system_resolver(host: str, port: int) -> list[str]:
    """Addresses by the system's resolver. Raises UnreachableDocument."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise UnreachableDocument(f"{host} does not resolve: {error}") from None
    return [str(item[4][0]) for item in found]


@dataclass(frozen=True)
class GuardedFetcher:
    """Fetches documents from the open web. ``localhost`` is let through in development."""

    allow_localhost: bool = False
    resolve: Resolve = system_resolver

    def load(self, url: str) -> Document:
        """The document at ``url``. Raises UnreachableDocument or MalformedDocument."""
        return fetched_document(self.fetch(url))

    def fetch(self, url: str) -> bytes:
        """The body at ``url``. Raises UnreachableDocument with what stood in the way."""
        return self._ask("GET", url, b"")

    def post(self, url: str, data: bytes) -> bytes:
        """What the server answers to ``data``. Raises UnreachableDocument."""
        return self._ask("POST", url, data)

    def _ask(self, method: str, url: str, data: bytes) -> bytes:
        deadline = time.monotonic() + _SECONDS
        origin = _split(url)[:2]
        for _ in range(_REDIRECTS + 1):
            status, location, body = self._once(method, url, data, deadline)
            if status not in {301, 302, 303, 307, 308}:
                break
            url = urljoin(url, location)
            if _split(url)[:2] != origin:
                raise UnreachableDocument("it redirects to another host")
        else:
            raise UnreachableDocument("it redirects too often")
        if status != 200:
            raise UnreachableDocument(f"the server answers {status}", status)
        return body

    def _once(self, method: str, url: str, data: bytes, deadline: float) -> tuple[int, str, bytes]:
        host, port, address = self._checked(url)
        parts = urlsplit(url)
        numeric = f"[{address}]" if ":" in address else address
        target = parts._replace(netloc=f"{numeric}:{port}", fragment="").geturl()
        headers = {
            "Host": parts.netloc.rpartition("@")[2],
            "Accept": _ACCEPT,
            "Accept-Encoding": "identity",
            "User-Agent": "testamur-verifier",
        }
        extensions = {"sni_hostname": host}
        body = bytearray()
        try:
            with (
                httpx2.Client(timeout=5.0, trust_env=False) as client,
                client.stream(
                    method, target, headers=headers, content=data, extensions=extensions
                ) as response,
            ):
                if response.headers.get("content-encoding", "identity") != "identity":
                    raise UnreachableDocument("the body is compressed, which was not asked for")
                for chunk in response.iter_raw():
                    body += chunk
                    if len(body) > LARGEST_BODY:
                        raise UnreachableDocument("the document is larger than 1 MiB")
                    if time.monotonic() > deadline:
                        raise UnreachableDocument("the server is too slow")
                return response.status_code, response.headers.get("location", ""), bytes(body)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            reason = str(error) or type(error).__name__
            raise UnreachableDocument(f"{parts.hostname}: {reason}") from None

    def _checked(self, url: str) -> tuple[str, int, str]:
        """Host, port and one address to connect to, all allowed. Raises UnreachableDocument."""
        parts = _split(url)
        host, port = parts.hostname, parts.port
        if not host or parts.username is not None or parts.password is not None:
            raise UnreachableDocument(f"not a web address: {url!r}")
        if self.allow_localhost and host == "localhost" and parts.scheme in {"http", "https"}:
            return host, port or (443 if parts.scheme == "https" else 80), "127.0.0.1"
        if parts.scheme != "https":
            raise UnreachableDocument(f"only https is fetched, not {parts.scheme!r}")
        if port not in {None, 443}:
            raise UnreachableDocument(f"only port 443 is fetched from, not {port}")
        addresses = self.resolve(host, 443)
        for address in addresses:
            if not is_public(address):
                raise UnreachableDocument(f"{host} is not on the public internet")
        if not addresses:
            raise UnreachableDocument(f"{host} has no address")
        return host, 443, addresses[0]


def _split(url: str) -> SplitResult:
    """The parts of a URL, its port included. Raises UnreachableDocument."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise UnreachableDocument(f"not a URL: {error}") from None
    return parts


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, looked at through every disguise."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        hidden = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
        if ip in _NAT64:
            hidden.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
        if any(inner is not None and not is_public(str(inner)) for inner in hidden):
            return False
    return ip.is_global and not ip.is_multicast
