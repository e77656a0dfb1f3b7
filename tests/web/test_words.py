"""Everything that pages say is said in Spanish too, by somebody, and nothing that nobody says."""

from __future__ import annotations

from collections import Counter

from api.web.language import LANGUAGES, words
from tests.web.words import Message, names_in, said, translated

OTHERS = list(LANGUAGES)[1:]


def test_every_message_is_translated_and_none_is_stale() -> None:
    now = set(said())
    assert len(now) > 200
    for language in OTHERS:
        known: Counter[Message] = Counter()
        for file, catalog in translated(language).items():
            for entry in catalog:
                if not entry.id:
                    continue
                message = entry.id if isinstance(entry.id, str) else tuple(entry.id)
                known[message] += 1
                said_in = [entry.string] if isinstance(entry.string, str) else entry.string
                assert all(said_in), f"{file.name}: {message!r} is not translated"
                assert not entry.fuzzy, f"{file.name}: {message!r} is marked as doubtful"
        missing = sorted(map(str, now - set(known)))
        assert not missing, f"make words, then translate: {missing[:10]}"
        stale = sorted(map(str, set(known) - now))
        assert not stale, f"make words: {stale[:10]} are said no more"
        twice = [message for message, times in known.items() if times > 1]
        assert not twice, f"make words: {twice[:10]} stand in two files"


def test_a_translation_fills_in_the_same_names() -> None:
    for language in OTHERS:
        for catalog in translated(language).values():
            for entry in catalog:
                if not entry.id or not all(entry.string):
                    continue
                if isinstance(entry.id, str):
                    assert names_in(entry.id) == names_in(entry.string), entry.id
                else:
                    assert names_in(entry.string[1]) <= names_in(entry.id[1]), entry.id
                    assert names_in(entry.id[1]) - {"%(num)s"} <= names_in(entry.string[1])


def test_a_verdict_is_said_in_spanish() -> None:
    assert words("es").gettext("Authentic and in force") == "Auténtica y vigente"
