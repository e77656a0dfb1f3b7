"""A browser without scripts: it keeps cookies, and sends a form with all its hidden fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import httpx2
from fastapi.testclient import TestClient


def forms_in(page: httpx2.Response) -> list[Form]:
    """The forms of an answer."""
    parser = _Forms(str(page.url))
    parser.feed(page.text)
    return parser.forms


@dataclass
class Form:
    """A form as a page has it, with what stands in its fields before anybody changes them."""

    action: str
    method: str
    values: dict[str, Any] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._select = self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        name = found.get("name") or ""
        if tag == "form":
            action = urljoin(self.address, found.get("action") or "")
            self._open = Form(action, (found.get("method") or "get").upper())
            self.forms.append(self._open)
        if self._open is None:
            return
        values = self._open.values
        if tag == "input" and name:
            kind = found.get("type", "text")
            if kind in ("checkbox", "radio"):
                if "checked" in found:
                    values[name] = found.get("value") or "on"
            elif kind not in ("submit", "file", "image"):
                values[name] = found.get("value") or ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            if "selected" in found or self._select not in values:
                values[self._select] = found.get("value") or ""
        elif tag == "textarea":
            self._area = name
            values[name] = ""

    def handle_data(self, data: str) -> None:
        if self._area and self._open is not None:
            self._open.values[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""


class Browser(TestClient):
    """Of one person. Pages are asked for as a browser does; redirects are not followed unless a
    call says so."""

    def __init__(self, app: Any, base_url: str) -> None:
        super().__init__(app, base_url, raise_server_exceptions=False, follow_redirects=False)
        self.headers["Accept"] = "text/html,application/xhtml+xml"
        self.headers["Accept-Language"] = "en"

    def forms(self, address: str) -> list[Form]:
        """The forms of a page."""
        return forms_in(self.get(address, follow_redirects=True))

    def submit(
        self,
        address: str,
        values: dict[str, Any] | None = None,
        action: str = "",
        which: int = 0,
        **more: Any,
    ) -> httpx2.Response:
        """Open a page, fill in its form (the one whose action ends with ``action``, of several the
        one that ``which`` says; else the only one that posts, beside the frame's own) and send it.
        ``files`` as httpx takes them."""
        page = self.get(address, follow_redirects=True)
        return self.submit_of(page, action, values, which, **more)

    def submit_of(
        self,
        page: httpx2.Response,
        action: str = "",
        values: dict[str, Any] | None = None,
        which: int = 0,
        **more: Any,
    ) -> httpx2.Response:
        """The same on a page that is open."""
        found = [form for form in forms_in(page) if form.method == "POST"]
        if action:
            found = [form for form in found if form.action.partition("?")[0].endswith(action)]
            assert found, action
            form = found[which]
        else:
            frame = ("/sign-out", "/language", "/me/role")
            own = [form for form in found if not form.action.partition("?")[0].endswith(frame)]
            (form,) = own or found
        origin = str(self.base_url).rstrip("/")
        sent = {**form.values, **(values or {})}
        data = {name: value for name, value in sent.items() if value is not None}
        return self.post(form.action, data=data, headers={"Origin": origin}, **more)
