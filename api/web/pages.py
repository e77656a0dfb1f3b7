"""A page: a template in the reader's language, in the layout of the house."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.web.cookies import cookie, drop_cookie, set_cookie
from api.web.csrf import form_token
from api.web.forms import Problems, one_time_key
from api.web.language import DATES, LANGUAGES, language_of, words
from api.web.navigation import BY_ROLE, PUBLIC, ROLE_NAMES
from api.web.showing import Spoken, When, markdown, name, written
from api.web.static_files import static
from api.web.visitor import Visitor, visitor_of
from badges.names import capital, shown
from ledger.site import Site

_HERE = Path(__file__).resolve().parent
_FLASH = "notice"


class Pages:
    """The templates, in each language. They escape everything, and refuse names that nobody
    set."""

    def __init__(self, site: Site, zone: str) -> None:
        self.spoken = {
            language: Spoken(DATES[language], words(language), ZoneInfo(zone))
            for language in LANGUAGES
        }
        self._environments = {
            language: _environment(language, spoken) for language, spoken in self.spoken.items()
        }
        for environment in self._environments.values():
            environment.globals |= {"site": site, "languages": LANGUAGES, "static": static}

    def render(self, language: str, template: str, values: Mapping[str, Any]) -> str:
        """The HTML."""
        return self._environments[language].get_template(template).render(values)


def _environment(language: str, spoken: Spoken) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_translations(  # type: ignore[attr-defined]
        words(language), newstyle=True
    )
    environment.filters |= {
        "markdown": markdown,
        "name": name,
        "written": written,
        "shown": shown,
        "sentence": capital,
        **spoken.filters,
    }
    environment.globals |= {
        "language": language,
        "role_names": ROLE_NAMES,
        "one_time_key": one_time_key,
    }
    return environment


def page(
    request: Request,
    template: str,
    values: Mapping[str, Any] | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A page for whoever asks. Beside ``values`` a template has: ``visitor`` (who may be nobody),
    ``caller``, ``navigation``, ``path``, ``here`` (the address to come back to), ``notices``; for
    forms ``problems`` (none) and ``kept`` (nothing typed) unless ``values`` give them."""
    notices = _flashed(request)
    html = _rendered(request, template, values or {}, visitor_of(request), notices)
    if notices:
        drop_cookie(request, _FLASH)
    return _answer(html, status, headers or {})


def page_for_anybody(
    request: Request, template: str, values: Mapping[str, Any], status: int
) -> Response:
    """A page that stands when nothing else does: who asks is not looked up, only remembered."""
    known: Visitor | None = getattr(request.state, "visitor", None)
    return _answer(_rendered(request, template, values, known, []), status, {})


def day_in(request: Request, when: When) -> str:
    """A day as the reader's language writes it, for a sentence that is made before a page is."""
    pages: Pages = request.app.state.pages
    return pages.spoken[language_of(request)].day(when)


def _rendered(
    request: Request,
    template: str,
    values: Mapping[str, Any],
    visitor: Visitor | None,
    notices: list[str],
) -> str:
    pages: Pages = request.app.state.pages
    caller = visitor.caller if visitor else None
    given = {
        "request": request,
        "visitor": visitor,
        "caller": caller,
        "navigation": BY_ROLE[caller.role] if caller else PUBLIC,
        "path": request.scope["path"],
        "here": _address(request),
        "notices": notices,
        "form_token": lambda: form_token(request),
        "kept": None,
        "problems": Problems(),
        **values,
    }
    return pages.render(language_of(request), template, given)


def _answer(html: str, status: int, headers: Mapping[str, str]) -> Response:
    answer = HTMLResponse(html, status, headers)
    answer.headers.add_vary_header("Cookie")
    answer.headers.add_vary_header("Accept-Language")
    return answer


def see_other(request: Request, address: str, notice: str = "") -> Response:
    """What a form that succeeded answers with: look there (303). ``notice`` is said once, on the
    next page; it is in the reader's language already."""
    if notice:
        set_cookie(request, _FLASH, quote(json.dumps([notice])))
    return RedirectResponse(address, 303)


def _flashed(request: Request) -> list[str]:
    try:
        found = json.loads(unquote(cookie(request, _FLASH) or "[]"))
    except ValueError:
        return []
    return [text for text in found if isinstance(text, str)] if isinstance(found, list) else []


def _address(request: Request) -> str:
    """Where a visitor is, to come back to: the path and query of a page, not of a form's post.
    Written in ASCII, as an address is sent: it says nothing that whoever made the link wrote."""
    path = quote(str(request.scope["path"]))
    query = request.url.query if request.method in ("GET", "HEAD") else ""
    return f"{path}?{query}" if query else path
