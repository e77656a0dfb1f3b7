"""In which language a page speaks: the reader's choice, else what their browser asks for.

English stands in the source; Spanish in ``locale/es/``, one file for each capability.
"""

from __future__ import annotations

from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from starlette.requests import Request

from api.web.cookies import cookie

LOCALES = Path(__file__).resolve().parent / "locale"
LANGUAGES = {"en": "English", "es": "Español"}
"""Each language by its own name; the first is the one of the source."""

DATES = {"en": Locale("en", "GB"), "es": Locale("es")}
"""How each writes a date: day, month, year in both."""

COOKIE = "language"


def message(text: str) -> str:
    """``text``, noted for translation where it is shown later."""
    return text


def language_of(request: Request) -> str:
    """A key of LANGUAGES."""
    chosen = cookie(request, COOKIE) or ""
    return chosen if chosen in LANGUAGES else _welcome(request.headers.get("accept-language", ""))


def _welcome(accept: str) -> str:
    """The most welcome of our languages (RFC 9110 §12.5.4); English where none is."""
    weights: dict[str, float] = {}
    for item in accept[:200].split(","):
        tag, _, weight = item.partition(";q=")
        language = tag.strip().lower().partition("-")[0]
        try:
            weights.setdefault(language, float(weight or 1))
        except ValueError:
            continue
    return max(LANGUAGES, key=lambda language: weights.get(language, 0.0))


@cache
def words(language: str) -> NullTranslations:
    """The translations into a language, of every capability."""
    if language == "en":
        return NullTranslations()
    whole = Catalog(Locale(language))
    for file in sorted((LOCALES / language).glob("*.po")):
        with file.open("rb") as opened:
            for entry in read_po(opened, locale=language):
                if entry.id:
                    whole[entry.id] = entry
    written = BytesIO()
    write_mo(written, whole)
    written.seek(0)
    return GNUTranslations(written)


def say(request: Request, text: str) -> str:
    """``text`` in the reader's language."""
    return words(language_of(request)).gettext(text)
