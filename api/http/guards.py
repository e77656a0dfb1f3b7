"""What every request passes: whom it asks for, how long and large its body may be, what happens
when something goes wrong that nobody foresaw, and the headers of every answer."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Collection
from contextlib import suppress

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.errors import busy, respond
from ledger.policy import Limits

logger = logging.getLogger("testamur")

_LARGEST_BODY = 1024 * 1024
_LARGEST_UPLOAD = 10 * 1024 * 1024
"""Of what is to be verified: several files, or a photograph."""


_FORM = 64 * 1024
"""Bytes of a form around the file that is uploaded in it."""

_GRACE = 20.0
"""Seconds in which a body comes, besides those that its length takes at the slowest pace."""

_SLOWEST = 16 * 1024
"""Bytes a second."""

_CSP = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
    "media-src 'self'; "
    "script-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Content-Security-Policy": _CSP,
}
_YEAR = 365 * 24 * 3600
_PROBES = {"/healthz", "/readyz"}


class _CutOff(Exception):
    """The body is not read any further."""


class BodyLimit:
    """Refuses a body that is too large, at its announced length or as soon as it is; and one
    that does not come."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        limit = _limit(request)
        too_large = (413, "body-too-large", f"at most {limit} bytes are taken here")
        announced = request.headers.get("content-length", "0")
        if announced.isdigit() and int(announced[:20]) > limit:
            await _refuse(request, too_large, receive, send)
            return
        began = time.monotonic()
        seen = 0
        ended = started = False
        refusal: tuple[int, str, str] | None = None

        async def counted() -> Message:
            nonlocal seen, ended, refusal
            if ended:  # whoever asks now waits for the client to go away
                return await receive()
            try:
                async with asyncio.timeout(began + _GRACE + seen / _SLOWEST - time.monotonic()):
                    message = await receive()
            except TimeoutError:
                refusal = (408, "body-too-slow", "the body of the request did not come in time")
                raise _CutOff from None
            seen += len(message.get("body", b""))
            ended = not message.get("more_body", False)
            if seen > limit:
                refusal = too_large
                raise _CutOff
            return message

        async def watched(message: Message) -> None:
            nonlocal started
            if refusal is None:  # after it, whatever the app made of the cut body is not sent
                started = True
                await send(message)

        with suppress(_CutOff):
            await self._app(scope, counted, watched)
        if refusal is not None and not started:
            await _refuse(request, refusal, receive, send)


async def _refuse(
    request: Request, refusal: tuple[int, str, str], receive: Receive, send: Send
) -> None:
    answer = respond(request, *refusal)
    answer.headers["Connection"] = "close"
    await answer(request.scope, receive, send)


class LastResort:
    """The one place for an error that nobody foresaw: it is noted, and says nothing of itself.

    A request that is cut off because the server ends is told so.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            await self._app(scope, receive, watched)
            return
        except ClientDisconnect:
            return  # nobody is there to be told
        except asyncio.CancelledError:
            answer = busy(Request(scope), "the server ends; please try again soon")
        except Exception as error:
            logger.error("unexpected error", exc_info=error)
            words = "this was noted; please try again later"
            answer = respond(Request(scope), 500, "internal", words)
        if not started:
            answer.headers["Connection"] = "close"
            await answer(scope, receive, send)


class OwnHosts:
    """Answers for our own host names only: what a request calls us goes nowhere else.

    Probes of a load balancer know no name, so health is told to everybody.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = {host.lower() for host in hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in _PROBES:
            request = Request(scope)
            named = request.headers.getlist("host")
            if len(named) != 1 or _host_name(named[0]) not in self._hosts:
                answer = respond(request, 421, "unknown-host", "this server has another name")
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)


class SafeHeaders:
    """Says to browsers what our pages may do (no script, nothing from elsewhere), and to whoever
    keeps copies that a private answer is not to be kept."""

    def __init__(self, app: ASGIApp, is_https: bool) -> None:
        self._app = app
        self._headers = dict(_HEADERS)
        if is_https:
            self._headers["Strict-Transport-Security"] = f"max-age={_YEAR}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                if _is_private(Request(scope), message["status"]):
                    headers["Cache-Control"] = "no-store"
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)


def _is_private(request: Request, status: int) -> bool:
    """Whether an answer is for one caller, or of one moment: nobody is to keep it."""
    return (
        status >= 400
        or request.method not in ("GET", "HEAD")
        or "authorization" in request.headers
        or request.scope["path"].startswith("/v1/")
        or request.scope["path"] in _PROBES
    )


_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?", re.ASCII)


def _host_name(host: str) -> str | None:
    """The name in a Host header, without its port (RFC 9110 §7.2)."""
    match = _HOST.fullmatch(host)
    return match["name"].lower() if match else None


def _limit(request: Request) -> int:
    path = request.scope["path"]
    if request.method in ("PUT", "POST", "PATCH") and ("/evidence/" in path or "/uploads/" in path):
        limits: Limits = request.app.state.testamur.bus.policy().limits
        return limits.evidence_bytes + _FORM
    is_to_verify = path in ("/verify", "/v1/verify")
    return _LARGEST_UPLOAD if is_to_verify else _LARGEST_BODY
