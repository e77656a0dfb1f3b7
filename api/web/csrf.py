"""Forms that only our own pages send.

A browser says from where it sends (Origin, Sec-Fetch-Site), and must have read the form's token,
which is bound to its session; before somebody is signed in, to a cookie that was set with the form.
"""

from __future__ import annotations

import hmac
import secrets
from urllib.parse import urlsplit

from fastapi import Request

from api.web.cookies import FORM, SESSION, cookie, set_cookie
from ledger.errors import LedgerError, NotPermitted

FIELD = "_token"
"""The hidden field's name."""

_SAFE = {"GET", "HEAD", "OPTIONS"}


class ForgedForm(NotPermitted):
    """What was sent did not come from a form of ours in this browser."""

    def __init__(self, words: str) -> None:
        LedgerError.__init__(self, "form-not-ours", words)


def form_token(request: Request) -> str:
    """The token for the forms of the page that answers this request."""
    secret = getattr(request.state, "form_secret", None) or _secret(request)
    if secret is None:
        secret = secrets.token_urlsafe(32)
        set_cookie(request, FORM, secret)
    request.state.form_secret = secret
    return _token(secret)


def check_form(request: Request, token: str) -> None:
    """Raises ForgedForm unless ``token`` is that of this browser and session, and the request comes
    from a page of ours."""
    check_origin(request)
    secret = _secret(request)
    if secret is None or not hmac.compare_digest(_token(secret).encode(), token.encode()):
        raise ForgedForm(
            "this form was not sent from a page of ours, or you signed in or out since it was "
            "opened; open the page again and send it once more"
        )


def check_origin(request: Request) -> None:
    """Raises ForgedForm for what changes something and that another site had a browser send.

    What is no browser says neither header.
    """
    if request.method in _SAFE:
        return
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    if site not in ("same-origin", "none") or (origin and not _is_ours(request, origin)):
        raise ForgedForm("this was sent from a page of another site")


def _is_ours(request: Request, origin: str) -> bool:
    """Whether a page of that origin was served here: under the name by which we are asked, which
    was found to be ours."""
    parts = urlsplit(origin)
    base: str = request.app.state.testamur.site.base_url
    asked = request.headers.get("host", "").lower()
    return parts.scheme == urlsplit(base).scheme and parts.netloc.lower() == asked


def _secret(request: Request) -> str | None:
    return cookie(request, SESSION) or cookie(request, FORM)


def _token(secret: str) -> str:
    return hmac.new(secret.encode("utf-8", "replace"), b"testamur:form", "sha256").hexdigest()
