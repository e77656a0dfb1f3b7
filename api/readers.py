"""Reading files whose readers are other people's C++: PDFs, and photographs of QR codes.

Each is read in a worker (``workers.py``); ``python -m api.readers`` is one.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from functools import partial
from typing import Any

from api.deadline import Deadline
from api.workers import Killed, NoTurn, Workers, serve
from badges.errors import BadgesError, MalformedDocument, TooMuchWork

SECONDS = 6.0
"""What a file may take."""

_MEMORY = 1024 * 1024 * 1024
_PDF, _PHOTOGRAPH = b"d", b"p"


class Readers:
    """At most two files are read at a time."""

    def __init__(self, seconds: float = SECONDS, memory: int = _MEMORY) -> None:
        self._workers = Workers("api.readers", seconds=seconds, memory=memory)

    def close(self) -> None:
        self._workers.close()

    def credential_in_pdf(self, data: bytes, deadline: Deadline) -> bytes:
        """The credential attached to a PDF. Raises MalformedDocument, TooMuchWork."""
        return base64.b64decode(self._read(_PDF, data, deadline)[0])

    def codes_in_photograph(self, data: bytes, deadline: Deadline) -> list[str]:
        """What the QR codes in a photograph say. Raises MalformedDocument, TooMuchWork."""
        return self._read(_PHOTOGRAPH, data, deadline)

    def _read(self, kind: bytes, data: bytes, deadline: Deadline) -> list[str]:
        try:
            answer: dict[str, Any] = json.loads(self._workers.ask(kind + data, deadline))
        except NoTurn:
            raise TooMuchWork("this verifier had no time to read it; ask again later") from None
        except Killed:
            raise TooMuchWork(
                "reading it takes more time or memory than this verifier gives to one file"
            ) from None
        if "error" in answer:
            raise MalformedDocument(str(answer["error"]))
        return list(answer["found"])


def _answer(
    credential_in_pdf: Callable[[bytes], bytes], read_qr: Callable[[bytes], list[str]], file: bytes
) -> bytes:
    kind, data = file[:1], file[1:]
    try:
        if kind == _PDF:
            found = [base64.b64encode(credential_in_pdf(data)).decode()]
        else:
            found = read_qr(data)
        return json.dumps({"found": found}).encode()
    except BadgesError as error:
        return json.dumps({"error": str(error)}).encode()


if __name__ == "__main__":  # what reads is loaded here alone, and never by the server
    from badges.baking.pdf import credential_in_pdf
    from badges.photograph import read_qr

    serve(partial(_answer, credential_in_pdf, read_qr))
