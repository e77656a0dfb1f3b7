"""The words of the pages: what is said, found in the source, against what is translated.

``python -m tests.web.words`` (``make words``) writes what is missing into the files of
translations, empty, and takes out what is said no more; a person fills in the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from api.capabilities import CAPABILITIES
from api.problem_types import PROBLEMS
from api.web.language import LANGUAGES, LOCALES
from badges.verification import TITLES
from badges.verification.verdict import spoken
from tests.conftest import ROOT

WEB = ROOT / "api" / "web"
TEMPLATES = WEB / "templates"
OPTIONS = {
    "trimmed": "true",
    "newstyle_gettext": "true",
    "trim_blocks": "true",
    "lstrip_blocks": "true",
    "extensions": "jinja2.ext.do",
}
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None,
    "gettext": None,
    "message": None,
    "ngettext": (1, 2),
    "messages": (1, 2),
}

Message = str | tuple[str, str]
"""A sentence; or one of a number, in singular and plural."""


def said() -> dict[Message, str]:
    """Every message of the pages, with the capability whose words it belongs to: the first that
    says it."""
    found: dict[Message, str] = {}
    for message, group in _found():
        found.setdefault(message, group)
    return found


def _found() -> Iterator[tuple[Message, str]]:
    for joined in CAPABILITIES:
        for title in joined.ledger.problems.values():
            yield title, joined.ledger.name
    for title in PROBLEMS.values():
        yield title, "common"
    for sentence in (*TITLES.values(), *spoken()):
        yield sentence, "verification"
    for message in _of_file("python", ROOT / "api" / "certifying.py", {}):
        yield message, "awards"
    for file in sorted(WEB.rglob("*.py")):
        if file.is_relative_to(TEMPLATES):
            continue
        for message in _of_file("python", file, {}):
            yield message, group_of(file.relative_to(WEB))
    for file in sorted(TEMPLATES.rglob("*.html")):
        for message in _of_file("jinja2", file, OPTIONS):
            yield message, group_of(file.relative_to(TEMPLATES))


def _of_file(method: str, file: Path, options: dict[str, str]) -> Iterator[Message]:
    found = extract_from_file(method, file, keywords=KEYWORDS, options=options)  # type: ignore[arg-type]
    for _line, message, _comments, _context in found:
        yield message if isinstance(message, str) else (message[0], message[1])


def group_of(file: Path) -> str:
    """The file of translations for the words of a module or template: named by its folder."""
    folder = file.parts[0] if len(file.parts) > 1 else file.stem
    known = {each.name for each in WEB.iterdir() if each.is_dir()} | {"people", "catalogue"}
    known |= {each.name for each in TEMPLATES.iterdir() if each.is_dir()}
    is_own = folder in known - {"static", "templates", "locale", "components", "__pycache__"}
    return folder if is_own else "common"


def translated(language: str) -> dict[Path, Catalog]:
    """What is in each file of translations."""
    found = {}
    for file in sorted((LOCALES / language).glob("*.po")):
        with file.open("rb") as opened:
            found[file] = read_po(opened, locale=language)
    return found


def names_in(text: str) -> set[str]:
    """What is filled in: ``%(name)s`` of the pages, ``{name}`` of a verdict."""
    return set(re.findall(r"%\(\w+\)[sd]|\{\w+\}", text))


def update(language: str) -> None:
    """Bring the files of translations up to what is said."""
    now = said()
    kept: dict[Message, object] = {}
    for catalog in translated(language).values():
        for entry in catalog:
            if entry.id and (entry.string if isinstance(entry.string, str) else any(entry.string)):
                kept[_key(entry.id)] = entry.string
    for group in sorted(set(now.values())):
        catalog = Catalog(language, fuzzy=False, charset="utf-8", header_comment="")
        for message, of in now.items():
            if of == group:
                catalog.add(message, kept.get(message))  # type: ignore[arg-type]
        written = BytesIO()
        write_po(written, catalog, width=96, no_location=True, omit_header=True, sort_output=True)
        text = HEADER.format(language=language) + written.getvalue().decode()
        (LOCALES / language).mkdir(exist_ok=True)
        (LOCALES / language / f"{group}.po").write_text(text, encoding="utf-8")
    for file in (LOCALES / language).glob("*.po"):
        if file.stem not in set(now.values()):
            file.unlink()


HEADER = """msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

"""


def _key(found: object) -> Message:
    return found if isinstance(found, str) else (found[0], found[1])  # type: ignore[index]


if __name__ == "__main__":
    for each in list(LANGUAGES)[1:]:
        update(each)
