"""A document that is written many times with a few words changed: canonical once, filled often.

What differs from one badge of an achievement to the next stands in slots. The short way of
``vocabulary.py`` is gone once, with a mark in each slot; after that a document's canonical
N-Quads and its JSON are filled in and sorted. The tests hold it against the generic way.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from itertools import islice
from operator import eq

from badges.canonical import canonical_nquads
from badges.document import Document
from badges.errors import MalformedDocument
from badges.model import utc_text
from badges.proofs.cryptosuites import EDDSA_RDFC_2022
from badges.proofs.data_integrity import Signer, proof_options
from badges.vocabulary import compiled_nquads, literal_text
from keys.multikey import base58_encode

Build = Callable[[Mapping[str, str]], Document]
"""Makes the document from the words in its slots; it only puts them in, whole or into a URL."""

_PLAIN = re.compile(r"[ !#-\[\]-~]*")
"""Printable ASCII without ``"`` and ``\\``: the same in JSON and in N-Quads."""
_IN_AN_IRI = re.compile(r"[A-Za-z0-9-]+")


class Template:
    """A document with slots, compiled."""

    def __init__(self, build: Build, slots: Iterable[str]) -> None:
        """Raises MalformedDocument for a document that cannot go the short way."""
        names = tuple(slots)
        marks = _marks(build, names)
        document = build(marks)
        compiled = compiled_nquads(document)
        if compiled is None or compiled[1] > 1:
            raise MalformedDocument("the document is not plain enough for a template")
        lines = [line.removesuffix("\n") for line in compiled[0]]
        pattern = re.compile("|".join(map(re.escape, marks.values())) or r"(?!)")
        self._still = [line for line in lines if not pattern.search(line)]
        moving = "\n".join(line for line in lines if pattern.search(line))
        self._moving = _format(moving, marks)
        self._json = _format(json.dumps(document), marks)
        self._in_iris = tuple(
            name for name, mark in marks.items() if re.search(f'<[^>"]*{mark}', moving)
        )

    def fill(self, words: Mapping[str, str]) -> tuple[str, str]:
        """The canonical N-Quads and the JSON with ``words`` in the slots.

        Raises MalformedDocument for a word that cannot stand in an address where it has to.
        """
        for name in self._in_iris:
            if not _IN_AN_IRI.fullmatch(words[name]):
                raise MalformedDocument(f"{name} {words[name]!r} cannot be part of an address")
        in_quads = in_json = words
        if not _PLAIN.fullmatch("".join(words.values())):  # most badges need no more than a look
            in_quads = {name: literal_text(word) for name, word in words.items()}
            in_json = {name: json.dumps(word)[1:-1] for name, word in words.items()}
        lines = sorted([*self._still, *(self._moving % in_quads).split("\n")])
        if any(map(eq, lines, islice(lines, 1, None))):  # filled in, two statements became one
            lines = sorted(set(lines))
        return "\n".join(lines) + "\n", self._json % in_json


def sign_template(
    template: Template,
    words: Mapping[str, str],
    contexts: tuple[str, ...],
    signer: Signer,
    created: datetime,
) -> bytes:
    """The document as JSON with an eddsa-rdfc-2022 proof: what ``add_proof`` would make of it.

    Raises MalformedDocument.
    """
    options, proof = _options(contexts, signer.verification_method, utc_text(created))
    canonical, text = template.fill(words)
    hashed = options + hashlib.sha256(canonical.encode()).digest()
    value = base58_encode(signer.sign(hashed))
    return f'{text[:-1]}, "proof": {proof}, "proofValue": "z{value}"}}}}'.encode()


@lru_cache(maxsize=1024)
def _options(contexts: tuple[str, ...], method: str, created: str) -> tuple[bytes, str]:
    """A proof's options as their hash and as the beginning of its JSON: the same for every badge
    that is signed within one second."""
    options = proof_options(EDDSA_RDFC_2022, method, created)
    canonical = canonical_nquads({"@context": list(contexts), **options})
    return hashlib.sha256(canonical.encode()).digest(), json.dumps(options)[:-1]


def _marks(build: Build, names: tuple[str, ...]) -> dict[str, str]:
    """A mark for each slot that occurs nowhere else in the document: it holds its own hash."""
    plain = json.dumps(build(dict.fromkeys(names, "x")))
    stem = hashlib.sha256(plain.encode()).hexdigest()
    return {name: f"slot-{stem}-{place}-" for place, name in enumerate(names)}


def _format(text: str, marks: Mapping[str, str]) -> str:
    text = text.replace("%", "%%")
    for name, mark in marks.items():
        text = text.replace(mark, f"%({name})s")
    return text
