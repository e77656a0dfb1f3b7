"""The pages' template engine, and how it shows what strangers wrote."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import nh3
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

from badges.names import ascii_host, capital, shown
from badges.verification import Told
from badges.verification.verdict import day
from ledger.site import Site

_TEMPLATES = Path(__file__).resolve().parent / "templates"
_TAGS = {"p", "ul", "ol", "li", "strong", "em", "code", "br", "blockquote", "h3", "h4", "a"}
_markdown = MarkdownIt("commonmark", {"html": False})


def page_templates(site: Site) -> Jinja2Templates:
    """Templates that escape everything, and refuse names that nobody set."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["markdown"] = markdown
    environment.filters["day"] = day
    environment.filters["date"] = date
    environment.filters["name"] = name
    environment.filters["shown"] = shown
    environment.filters["told"] = told
    environment.filters["sentence"] = capital
    environment.globals["site"] = site
    return Jinja2Templates(env=environment)


def markdown(text: str) -> Markup:
    """Markdown as HTML that can do nothing but look (threat T7)."""
    plain = "\n".join(shown(line) for line in text.splitlines())
    tokens = _markdown.parse(plain)
    for token in tokens:
        token.children = list(_with_hosts(token.children or []))
    rendered = _markdown.renderer.render(tokens, _markdown.options, {})
    return Markup(nh3.clean(rendered, tags=_TAGS, attributes={"a": {"href"}}))  # noqa: S704


def _with_hosts(tokens: list[Token]) -> Iterator[Token]:
    """Each link followed by where it leads, whatever it calls itself."""
    host = None
    for token in tokens:
        yield token
        if token.type == "link_open":
            host = urlsplit(str(token.attrs.get("href"))).hostname
        elif token.type == "link_close" and host:
            yield Token("text", "", 0, content=f" ({ascii_host(host) or shown(host)})")


def date(time: str) -> Markup:
    """The day of an ISO time as people write it, with the exact time behind it; a stranger's words
    where it is none."""
    try:
        datetime.fromisoformat(time)
    except ValueError:
        return name(time)
    return Markup('<time datetime="{0}" title="{0}">{1}</time>').format(shown(time), day(time))


def name(text: str) -> Markup:
    """A stranger's words: they keep to themselves, whichever way they are written."""
    return Markup("<bdi>{}</bdi>").format(shown(text))


def told(said: Told) -> Markup:
    """A sentence of ours, with each of a stranger's words in it kept to itself."""
    names = {key: name(value) if value else "" for key, value in said.names.items()}
    return Markup(escape(said.words)).format(**names)  # noqa: S704
