"""The pages' template engine, and how it shows what strangers wrote."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import nh3
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from badges.names import shown
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
    environment.filters["sentence"] = sentence
    environment.globals["site"] = site
    return Jinja2Templates(env=environment)


def markdown(text: str) -> Markup:
    """Markdown as HTML that can do nothing but look (threat T7)."""
    rendered = _markdown.render(text)
    return Markup(nh3.clean(rendered, tags=_TAGS, attributes={"a": {"href"}}))  # noqa: S704


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


def sentence(text: str) -> str:
    """``text`` beginning with a capital; what follows stays as it is, and a DID everywhere."""
    is_word = ":" not in text.partition(" ")[0]
    return text[:1].upper() + text[1:] if is_word else text
