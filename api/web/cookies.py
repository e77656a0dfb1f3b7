"""Our cookies: their names, how they are set, and by which answers.

On https they are ``__Host-`` cookies (RFC 6265bis §4.1.3.2): of this host alone, for all of it, and
never sent in clear. A browser takes no such on plain http, which is for localhost.
"""

from __future__ import annotations

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_PENDING = "testamur_cookies"

_YEAR = 365 * 24 * 3600

SESSION = "testamur"
"""Of whoever is signed in: the session's secret."""

FORM = "testamur-form"
"""Of whoever is not, and fills in a form: a secret to which its hidden token is bound."""


def cookie(request: Request, name: str) -> str | None:
    """What the browser sent under a name of ours; None for nothing."""
    return request.cookies.get(_full_name(request, name)) or None


def set_cookie(request: Request, name: str, value: str) -> None:
    """Have the answer set a cookie, which scripts cannot read and which ends with the browser."""
    attributes = "Path=/; HttpOnly; SameSite=Lax" + ("; Secure" if _is_https(request) else "")
    _pending(request)[name] = f"{_full_name(request, name)}={value}; {attributes}"


def keep_cookie(request: Request, name: str, value: str) -> None:
    """Have the answer set a cookie that stays for a year."""
    set_cookie(request, name, value)
    _pending(request)[name] += f"; Max-Age={_YEAR}"


def drop_cookie(request: Request, name: str) -> None:
    """Have the browser forget a cookie."""
    set_cookie(request, name, "")
    _pending(request)[name] += "; Max-Age=0"


class Cookies:
    """Puts the cookies that a request asked for into its answer, which nobody is to keep then.

    An answer to somebody who is signed in is theirs alone, too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        pending: dict[str, str] = {}
        scope.setdefault("state", {})[_PENDING] = pending
        request = Request(scope)

        async def with_cookies(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for value in pending.values():
                    headers.append("Set-Cookie", value)
                is_static = scope["path"].startswith("/static/")
                if pending or (cookie(request, SESSION) and not is_static):
                    headers["Cache-Control"] = "no-store"
            await send(message)

        await self._app(scope, receive, with_cookies)


def _pending(request: Request) -> dict[str, str]:
    found: dict[str, str] = request.scope["state"][_PENDING]
    return found


def _is_https(request: Request) -> bool:
    is_https: bool = request.app.state.testamur.site.base_url.startswith("https:")
    return is_https


def _full_name(request: Request, name: str) -> str:
    return f"__Host-{name}" if _is_https(request) else name
