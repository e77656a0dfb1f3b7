"""The guarded fetcher: the only place from which this deployment reaches out.

A document's address comes from strangers, so: HTTPS only, port 443, every address that the name
resolves to must be public, the connection goes to an address that was checked, redirects stay on
their host, the body is at most 1 MiB as sent. One deadline holds for all of it, from the name to
the last byte: whatever the other side trickles, each wait ends when the deadline does.
"""

from __future__ import annotations

import functools
import queue
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import httpcore2

from api.addresses import is_public
from api.deadline import Deadline
from api.turns import elsewhere
from badges.document import Document
from badges.errors import UnreachableDocument
from badges.loader import fetched_document

LARGEST_BODY = 1024 * 1024
"""Bytes that a fetched document may have."""

_SECONDS = 10.0
_SILENCE = 5.0
"""How long a server may say nothing."""

_TIMEOUT = {"timeout": {"connect": _SILENCE, "read": _SILENCE, "write": _SILENCE}}

_REDIRECTS = 3
_ADDRESSES = 3
"""Of a host, how many are tried."""

_HEADERS: dict[bytes | str, bytes | str] = {
    "Accept": (
        "application/vc+ld+json, application/did+json, application/json;q=0.9, "
        "application/vc+jwt;q=0.8"
    ),
    "Accept-Encoding": "identity",
    "Connection": "close",
    "User-Agent": "testamur-verifier",
}

_AS_IT_IS = "%/:@!$&'()*+,;=~"
"""What of a path is not encoded once more."""

Resolve = Callable[[str, int], list[str]]
"""The addresses of a host name. Raises OSError or ValueError."""


def system_resolver(host: str, port: int) -> list[str]:
    """Addresses by the system's resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(item[4][0]) for item in found]


@dataclass(frozen=True)
class GuardedFetcher:
    """Fetches documents from the open web. ``localhost`` is let through in development.

    A document takes at most ten seconds, and none is waited for past ``deadline``.
    """

    allow_localhost: bool = False
    resolve: Resolve = system_resolver
    deadline: Deadline | None = None
    known: frozenset[str] = frozenset()
    """Origins that the operator named, such as a district's own provider: asked wherever they are,
    inside a network of theirs, too."""

    def within(self, deadline: Deadline) -> Self:
        """The same, for work that ends at ``deadline``."""
        return replace(self, deadline=deadline)

    def load(self, url: str) -> Document:
        """The document at ``url``. Raises UnreachableDocument or MalformedDocument."""
        return fetched_document(self.fetch(url))

    def fetch(self, url: str) -> bytes:
        """The body at ``url``. Raises UnreachableDocument with what stood in the way."""
        return self._ask("GET", url, b"", {})

    def fetch_as(self, url: str, headers: Mapping[str, str]) -> bytes:
        """The same with further headers."""
        return self._ask("GET", url, b"", headers)

    def post(self, url: str, data: bytes, headers: Mapping[str, str] | None = None) -> bytes:
        """What the server answers to ``data``. Raises UnreachableDocument."""
        return self._ask("POST", url, data, headers or {})

    def _ask(self, method: str, url: str, data: bytes, more: Mapping[str, str]) -> bytes:
        deadline = Deadline.after(_SECONDS)
        if self.deadline is not None:
            deadline = min(deadline, self.deadline)
        origin = _split(url)[:2]
        for _ in range(_REDIRECTS + 1):
            _wait(deadline, None)
            with elsewhere():
                status, location, body = self._once(method, url, data, more, deadline)
            if status not in {301, 302, 303, 307, 308}:
                break
            url = redirected(url, location)
            if _split(url)[:2] != origin:
                raise UnreachableDocument("it redirects to another host")
        else:
            raise UnreachableDocument("it redirects too often")
        if status != 200:
            raise UnreachableDocument(f"the server answers {status}", status)
        return body

    def _once(
        self, method: str, url: str, data: bytes, more: Mapping[str, str], deadline: Deadline
    ) -> tuple[int, str, bytes]:
        parts = _split(url)
        scheme, host, port = self._allowed(parts)
        line = _Line(self._addresses(host, port, deadline), deadline)
        target = quote(parts.path or "/", safe=_AS_IT_IS, errors="surrogatepass")
        if parts.query:
            target += "?" + quote(parts.query, safe=_AS_IT_IS + "?", errors="surrogatepass")
        address = httpcore2.URL(
            scheme=scheme.encode(), host=host.encode(), port=port, target=target.encode()
        )
        headers: dict[bytes | str, bytes | str] = {
            "Host": parts.netloc if parts.netloc.isascii() else host,
            **_HEADERS,
            **dict(more.items()),
        }
        if method == "POST":
            headers["Content-Length"] = str(len(data))
        body = bytearray()
        try:
            with (
                httpcore2.ConnectionPool(
                    _trusted_roots(), max_keepalive_connections=0, network_backend=line
                ) as pool,
                pool.stream(
                    method, address, headers=headers, content=data, extensions=_TIMEOUT
                ) as response,
            ):
                fields = {name.lower(): value for name, value in response.headers}
                if fields.get(b"content-encoding", b"identity").lower() != b"identity":
                    raise UnreachableDocument("the body is compressed, which was not asked for")
                for chunk in response.iter_stream():
                    body += chunk
                    if len(body) > LARGEST_BODY:
                        raise UnreachableDocument("the document is larger than 1 MiB")
                location = fields.get(b"location", b"").decode("latin-1")
                return response.status, location, bytes(body)
        except httpcore2.TimeoutException:
            raise UnreachableDocument(f"{host}: the server is too slow") from None
        except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
            raise UnreachableDocument(f"{host}: {str(error) or type(error).__name__}") from None

    def _allowed(self, parts: SplitResult) -> tuple[str, str, int]:
        """Scheme, host and port, where they may be asked. Raises UnreachableDocument."""
        host, port = parts.hostname, parts.port
        if not host or parts.username is not None or parts.password is not None:
            raise UnreachableDocument(f"not a web address: {parts.geturl()!r}")
        if self.allow_localhost and host == "localhost" and parts.scheme in {"http", "https"}:
            return parts.scheme, host, port or (443 if parts.scheme == "https" else 80)
        if self._is_known(parts.scheme, host, port):
            return parts.scheme, host, port or (443 if parts.scheme == "https" else 80)
        if parts.scheme != "https":
            raise UnreachableDocument(f"only https is fetched, not {parts.scheme!r}")
        if port not in {None, 443}:
            raise UnreachableDocument(f"only port 443 is fetched from, not {port}")
        try:
            return parts.scheme, host.encode("idna").decode(), 443
        except UnicodeError:
            raise UnreachableDocument(f"not a web address: {parts.geturl()!r}") from None

    def _is_known(self, scheme: str, host: str, port: int | None) -> bool:
        usual = {"https": 443, "http": 80}.get(scheme)
        shown = f"{scheme}://{host}" + ("" if port in (None, usual) else f":{port}")
        return shown in self.known

    def _addresses(self, host: str, port: int, deadline: Deadline) -> list[str]:
        """The addresses to connect to, every one public. Raises UnreachableDocument."""
        if self.allow_localhost and host == "localhost":
            return ["127.0.0.1"]
        addresses = _looked_up(self.resolve, host, port, deadline)
        named = any(self._is_known(scheme, host, port) for scheme in ("https", "http"))
        if not named and not all(is_public(address) for address in addresses):
            raise UnreachableDocument(f"{host} is not on the public internet")
        if not addresses:
            raise UnreachableDocument(f"{host} has no address")
        return list(dict.fromkeys(addresses))[:_ADDRESSES]


class _Line(httpcore2.NetworkBackend):
    """The network as a fetch may use it: to the checked addresses, and until the deadline."""

    def __init__(self, addresses: list[str], deadline: Deadline) -> None:
        self._addresses = addresses
        self._deadline = deadline
        self._network = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """To the first address that answers. Raises what the last one did not."""
        for number, address in enumerate(self._addresses, start=1):
            try:
                found = self._network.connect_tcp(
                    address, port, _wait(self._deadline, timeout), local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                if number == len(self._addresses):
                    raise
            else:
                return _Stream(found, self._deadline)
        raise httpcore2.ConnectError(f"{host} has no address")


class _Stream(httpcore2.NetworkStream):
    """A connection on which each wait ends with the deadline, whatever the caller allows it."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _wait(self._deadline, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _wait(self._deadline, timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        wait = _wait(self._deadline, timeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, wait), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _wait(deadline: Deadline, most: float | None) -> float:
    """Seconds to wait for the next thing to happen. Raises UnreachableDocument after the end."""
    if not deadline.left:
        raise UnreachableDocument("the server is too slow")
    return min(_SILENCE if most is None else most, deadline.left)


@functools.cache
def _trusted_roots() -> ssl.SSLContext:
    return httpcore2.default_ssl_context()


_lookups = threading.BoundedSemaphore(32)


def _looked_up(resolve: Resolve, host: str, port: int, deadline: Deadline) -> list[str]:
    """The addresses of a host. Raises UnreachableDocument.

    The system's resolver takes as long as it likes, so it is left behind at the deadline: in a
    thread that ends with the process, and there are at most 32 of them.
    """
    answers: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def look() -> None:
        try:
            answers.put(resolve(host, port))
        except Exception as error:
            answers.put(error)
        finally:
            _lookups.release()

    if not _lookups.acquire(timeout=deadline.left):
        raise UnreachableDocument("too many names are being looked up")
    threading.Thread(target=look, name="lookup", daemon=True).start()
    try:
        found = answers.get(timeout=deadline.left)
    except queue.Empty:
        raise UnreachableDocument(f"{host} does not resolve in time") from None
    if isinstance(found, OSError | ValueError):
        raise UnreachableDocument(f"{host} does not resolve: {found}") from None
    if isinstance(found, Exception):
        raise found
    return found


def redirected(url: str, location: str) -> str:
    """Where a redirect leads. Raises UnreachableDocument."""
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise UnreachableDocument(f"it redirects to what is no URL: {error}") from None


def _split(url: str) -> SplitResult:
    """The parts of a URL, its port included. Raises UnreachableDocument."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise UnreachableDocument(f"not a URL: {error}") from None
    return parts
