"""Reading files whose readers are other people's C++: PDFs, and photographs of QR codes.

Each file is read in a process of its own, which has limits on its memory and time, is handed
neither settings nor secrets, and is ended whatever it does. ``python -m api.readers KIND`` is that
process: the file comes on its standard input, the answer goes out as JSON.
"""

from __future__ import annotations

import base64
import json
import os
import resource
import subprocess
import sys
import threading
from typing import Literal

from api.deadline import Deadline
from api.turns import elsewhere
from badges.errors import BadgesError, MalformedDocument, TooMuchWork

Kind = Literal["pdf", "photograph"]

SECONDS = 6.0
"""What a file may take."""

_MEMORY = 1024 * 1024 * 1024
_TOO_MUCH = "reading it takes more time or memory than this verifier gives to one file"


class Readers:
    """At most ``most`` files are read at a time."""

    def __init__(self, most: int = 2, seconds: float = SECONDS, memory: int = _MEMORY) -> None:
        self._free = threading.BoundedSemaphore(most)
        self._seconds = seconds
        self._memory = memory

    def credential_in_pdf(self, data: bytes, deadline: Deadline) -> bytes:
        """The credential attached to a PDF. Raises MalformedDocument, TooMuchWork."""
        return base64.b64decode(self._read("pdf", data, deadline)[0])

    def codes_in_photograph(self, data: bytes, deadline: Deadline) -> list[str]:
        """What the QR codes in a photograph say. Raises MalformedDocument, TooMuchWork."""
        return self._read("photograph", data, deadline)

    def _read(self, kind: Kind, data: bytes, deadline: Deadline) -> list[str]:
        with elsewhere():
            if not self._free.acquire(timeout=deadline.left):
                raise TooMuchWork("this verifier had no time to read it; ask again later")
            try:
                answer = self._answer(kind, data, min(self._seconds, deadline.left))
            finally:
                self._free.release()
        if "error" in answer:
            raise MalformedDocument(str(answer["error"]))
        return list(answer["found"])

    def _answer(self, kind: Kind, data: bytes, seconds: float) -> dict[str, list[str]]:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("TESTAMUR_")}
        command = [sys.executable, "-P", "-m", "api.readers", kind, str(self._memory), str(seconds)]
        try:
            done = subprocess.run(  # noqa: S603 (our own interpreter and module)
                command,
                input=data,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                timeout=seconds,
                check=True,
            )
            answer: dict[str, list[str]] = json.loads(done.stdout)
        except (subprocess.SubprocessError, OSError, ValueError):
            raise TooMuchWork(_TOO_MUCH) from None
        return answer


def _serve(kind: str, memory: int, seconds: float) -> None:
    """Read one file. Whatever nobody foresaw ends the process without an answer. What reads is
    loaded here alone, and never by the server."""
    from badges.baking.pdf import credential_in_pdf
    from badges.photograph import read_qr

    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 1))
    data = sys.stdin.buffer.read()
    try:
        if kind == "pdf":
            found = [base64.b64encode(credential_in_pdf(data)).decode()]
        else:
            found = read_qr(data)
        answer: dict[str, object] = {"found": found}
    except BadgesError as error:
        answer = {"error": str(error)}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    _serve(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
