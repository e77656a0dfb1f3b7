"""How a page shows what strangers wrote, and dates, numbers and sentences in a language."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, tzinfo
from gettext import NullTranslations
from typing import Any
from urllib.parse import urlsplit

import nh3
from babel import Locale
from babel.dates import format_date, format_datetime, format_time
from babel.numbers import format_decimal
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

from badges.names import ascii_host, shown
from badges.verification import Day, Told

_TAGS = {"p", "ul", "ol", "li", "strong", "em", "code", "br", "blockquote", "h3", "h4", "a"}
_markdown = MarkdownIt("commonmark", {"html": False})

When = str | date | datetime
"""An ISO time or date as documents hold it, or one as Python does."""


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


def name(text: str) -> Markup:
    """A stranger's words: they keep to themselves, whichever way they are written."""
    return Markup("<bdi>{}</bdi>").format(shown(text))


def written(text: str) -> Markup:
    """Somebody's words as they wrote them, line by line."""
    lines = "\n".join(shown(line) for line in text.split("\n"))
    return Markup('<div class="written" dir="auto">{}</div>').format(lines)


class Spoken:
    """The filters that depend on a language and a time zone."""

    def __init__(self, locale: Locale, translations: NullTranslations, zone: tzinfo) -> None:
        self._locale = locale
        self._translations = translations
        self._zone = zone

    @property
    def filters(self) -> dict[str, Callable[..., Any]]:
        """By the names that templates use."""
        return {
            "day": self.day,
            "date": self.date,
            "moment": self.moment,
            "number": self.number,
            "size": self.size,
            "told": self.told,
        }

    def day(self, when: When) -> str:
        """``3 May 2026``; the text itself where it is no time."""
        read = _read(when)
        if read is None:
            return shown(str(when))
        if isinstance(read, datetime):
            read = read.astimezone(self._zone).date()
        return str(format_date(read, "long", self._locale))

    def date(self, when: When) -> Markup:
        """The day of a time, with the exact time behind it; a stranger's words for none."""
        return self._time(when, self.day)

    def moment(self, when: When) -> Markup:
        """Day and time of day, with the exact time behind it."""

        def words(given: When) -> str:
            read = _read(given)
            if not isinstance(read, datetime):
                return self.day(given)
            local = read.astimezone(self._zone)
            return f"{self.day(read)}, {format_time(local, 'HH:mm', locale=self._locale)}"

        return self._time(when, words)

    def _time(self, when: When, words: Callable[[When], str]) -> Markup:
        read = _read(when)
        if read is None:
            return name(str(when))
        exact = read.isoformat()
        title = exact
        if isinstance(read, datetime):
            local = read.astimezone(self._zone)
            title = str(format_datetime(local, "d MMMM y, HH:mm:ss zzz", locale=self._locale))
        return Markup('<time datetime="{}" title="{}">{}</time>').format(exact, title, words(when))

    def number(self, number: float) -> str:
        """``1,234``."""
        return str(format_decimal(number, locale=self._locale))

    def size(self, count: int) -> str:
        """Bytes as people say them: ``340 kB``, ``1.2 MB``."""
        for unit, of in (("GB", 1_000_000_000), ("MB", 1_000_000)):
            if count >= of:
                return f"{format_decimal(count / of, '#,##0.#', self._locale)} {unit}"
        return f"{format_decimal(max(1, round(count / 1000)), locale=self._locale)} kB"

    def told(self, said: Told) -> Markup:
        """A sentence of ours, with each of a stranger's words in it kept to itself."""
        words = self._translations.gettext(said.words) if said.words else ""
        names = {key: self._part(value) for key, value in said.names.items()}
        return Markup(escape(words)).format(**names)  # noqa: S704

    def _part(self, value: str | Told | Day) -> Markup | str:
        if isinstance(value, Told):
            return self.told(value)
        if isinstance(value, Day):
            return self.day(value.time)
        return name(value) if value else ""


def _read(when: When) -> datetime | date | None:
    if not isinstance(when, str):
        return when
    try:
        if len(when) == len("2026-05-03"):
            return date.fromisoformat(when)
        read = datetime.fromisoformat(when)
        return read if read.tzinfo else read.replace(tzinfo=UTC)
    except ValueError:
        return None
