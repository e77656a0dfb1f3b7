"""What every request passes: a limit on its body, and headers on its answer."""

from __future__ import annotations

from contextlib import suppress

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.errors import problem
from ledger.commands.submissions import LARGEST_EVIDENCE

_LARGEST_BODY = 1024 * 1024
_LARGEST_UPLOAD = 4 * 1024 * 1024

_CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class _TooLarge(Exception):
    pass


class BodyLimit:
    """Refuses a body that is too large: at its announced length, or as soon as it is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        limit = _limit(request)
        announced = request.headers.get("content-length", "0")
        if announced.isdigit() and int(announced) > limit:
            await self._refuse(request, limit, scope, receive, send)
            return
        seen = 0
        started = False

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise _TooLarge
            return message

        async def watched(message: Message) -> None:
            nonlocal started
            if seen <= limit:  # past it, whatever the app made of the cut body is not sent
                started = True
                await send(message)

        with suppress(_TooLarge):
            await self._app(scope, counted, watched)
        if seen > limit and not started:
            await self._refuse(request, limit, scope, receive, send)

    @staticmethod
    async def _refuse(
        request: Request, limit: int, scope: Scope, receive: Receive, send: Send
    ) -> None:
        answer = problem(request, 413, "body-too-large", f"at most {limit} bytes are taken here")
        answer.headers["Connection"] = "close"
        await answer(scope, receive, send)


class SafeHeaders:
    """Says to browsers what our pages may do: no script, nothing from elsewhere."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Content-Security-Policy", _CSP)
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)


def _limit(request: Request) -> int:
    if request.method == "PUT" and "/evidence/" in request.url.path:
        return LARGEST_EVIDENCE
    return _LARGEST_UPLOAD if request.url.path == "/verify" else _LARGEST_BODY
