"""Processes that canonicalize strangers' documents (``workers.py``).

What expanding a document costs depends on the contexts that it brings along, and labelling its
blank nodes holds the interpreter. So all but small documents in the standards' own contexts are
canonicalized in a process that is killed at a limit. ``python -m api.canonicalizers`` is that
process: it reads documents and answers, both as JSON.
"""

from __future__ import annotations

import json

import badges.errors
from api.deadline import Deadline
from api.workers import Killed, NoTurn, Workers, serve
from badges.canonical import Canonicalize, canonical_nquads
from badges.document import Document
from badges.errors import BadgesError, MalformedDocument, TooMuchWork

SECONDS = 5.0
"""What a document may take."""

SMALL = 64 * 1024
"""Bytes of JSON. A document in the standards' own contexts that is no larger holds the interpreter
for some milliseconds, and is canonicalized here."""

_MEMORY = 512 * 1024 * 1024
_TOO_MUCH = "reading it takes more time or memory than this verifier gives to one document"


class Canonicalizers:
    """Up to ``most`` processes, started when first needed."""

    def __init__(self, most: int = 2, seconds: float = SECONDS, memory: int = _MEMORY) -> None:
        self.workers = Workers("api.canonicalizers", most, seconds, memory)

    def close(self) -> None:
        """End the processes that are idle; a busy one ends with its document."""
        self.workers.close()

    def within(self, deadline: Deadline) -> Canonicalize:
        """How a verification that ends at ``deadline`` canonicalizes."""

        def canonicalize(document: Document) -> str:
            if not deadline.left:
                raise TooMuchWork("the time for this verification is over")
            request = json.dumps(document).encode()

            def there(_document: Document) -> str:
                return self._nquads(request, deadline)

            return there(document) if len(request) > SMALL else canonical_nquads(document, there)

        return canonicalize

    def nquads(self, document: Document, deadline: Deadline) -> str:
        """``canonical_nquads``, made in a process. Raises what that does, or TooMuchWork."""
        return self._nquads(json.dumps(document).encode(), deadline)

    def _nquads(self, request: bytes, deadline: Deadline) -> str:
        try:
            return _told(json.loads(self.workers.ask(request, deadline)))
        except NoTurn:
            raise TooMuchWork("this verifier had no time to read it; ask again later") from None
        except Killed:
            raise TooMuchWork(_TOO_MUCH) from None


def _told(answer: dict[str, str]) -> str:
    if "nquads" in answer:
        return answer["nquads"]
    kind = getattr(badges.errors, answer["error"], MalformedDocument)
    raise kind(answer["words"])


def _answer(request: bytes) -> bytes:
    try:
        answer = {"nquads": canonical_nquads(json.loads(request))}
    except BadgesError as error:
        answer = {"error": type(error).__name__, "words": str(error)}
    return json.dumps(answer).encode()


if __name__ == "__main__":
    serve(_answer)
