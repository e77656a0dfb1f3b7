"""What was handed in by the form: text, an address, files; sorted into badges and a receipt."""

from __future__ import annotations

from dataclasses import dataclass, field

from fastapi import Request
from starlette.datastructures import UploadFile

from api.checking import Question
from api.deadline import Deadline
from api.reading import MOST_ADDRESSES, Addresses, Asked, Credential, LogReceipt
from api.web.forms import Problems
from api.web.language import message, say
from api.wiring import Testamur
from badges.verification import VerificationReport
from ledger.transparency import LogError, Receipt, VerifierKey

_FILES = 20
_NOTHING = message("Give an address, the text of a badge, or a file.")
_ONLY_RECEIPT = message("This is the receipt of a log. Add the badge that it is about.")
_RECEIPTS = message("A receipt is about one badge. Give one badge and its receipt.")
_UNREAD = message("The receipt cannot be read.")
_TOO_MANY = message("These are %(count)s badges; at most %(most)s are checked at once.")


@dataclass(frozen=True)
class Given:
    """A form as it was sent. ``files`` are names and contents."""

    text: str
    recipient: str
    files: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True)
class Item:
    """One badge to check: ``what`` is how it was handed in, an address or a file's name."""

    what: str
    found: Asked | Credential | VerificationReport


@dataclass
class Sorted:
    """Badges in the order in which they came, with the question that is put to each."""

    items: list[Item] = field(default_factory=list)
    question: Question = field(default_factory=Question)


async def given(request: Request) -> Given:
    """Reads the form. What comes is no command, so a form of another site may send it too."""
    files = []
    async with request.form(max_files=_FILES, max_fields=20) as data:
        for upload in data.getlist("file"):
            if isinstance(upload, UploadFile) and upload.filename:
                files.append((upload.filename[:120], await upload.read()))
        text, recipient = data.get("text"), data.get("recipient")
    return Given(
        text=text.strip() if isinstance(text, str) else "",
        recipient=recipient.strip()[:254] if isinstance(recipient, str) else "",
        files=tuple(files),
    )


def sort(
    app: Testamur, request: Request, what: Given, problems: Problems, deadline: Deadline
) -> Sorted:
    """The badges in what was handed in; what stands in the way is added to ``problems``."""
    found, receipts = Sorted(), []
    checking = app.verifying.checking
    named = [(name, data) for name, data in what.files]
    texts: list[tuple[str, str | bytes]] = [("", what.text)] if what.text else []
    for name, data in [*texts, *named]:
        read = checking.found(data, deadline)
        if isinstance(read, LogReceipt):
            receipts.append(read)
        elif isinstance(read, Addresses):
            found.items += [Item(asked.address, asked) for asked in read.asked]
        else:
            found.items.append(Item(name, read))
    if not found.items:
        problems.add("text", say(request, _ONLY_RECEIPT if receipts else _NOTHING))
    elif len(found.items) > MOST_ADDRESSES:
        words = say(request, _TOO_MANY)
        problems.add("file", words % {"count": len(found.items), "most": MOST_ADDRESSES})
    elif receipts and (len(found.items) > 1 or len(receipts) > 1):
        problems.add("file", say(request, _RECEIPTS))
    found.question = Question(recipient=what.recipient or None)
    if receipts and not problems:
        try:
            receipt = Receipt.parse(receipts[0].data)
        except LogError:
            problems.add("file", say(request, _UNREAD))
        else:
            found.question = Question(
                what.recipient or None, receipt=receipt, log=_log(app, receipt)
            )
    return found


def _log(app: Testamur, receipt: Receipt) -> VerifierKey | None:
    """The key of a receipt's log, where it is ours."""
    own = app.log.verifier
    return own if str(receipt.checkpoint).startswith(f"{own.name}\n") else None
