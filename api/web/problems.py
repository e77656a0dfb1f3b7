"""Refusals in words: what happened, and what to do now, by the problem's code.

Titles are the registry's (``PROBLEMS``); the detail of an error is the domain's, in English, and is
shown only where no sentence stands here.
"""

from __future__ import annotations

from starlette.requests import Request

from api.problem_types import PROBLEMS
from api.web.language import language_of, message, say
from badges.names import capital, shown

SENTENCES = {
    "audit-running": message("One audit runs at a time. Wait until it is done."),
    "behind-the-ledger": message("Please try again in a few seconds."),
    "body-too-large": message("What was sent is larger than we take here. Choose a smaller file."),
    "body-too-slow": message("The connection was too slow. Please try again."),
    "busy": message("Others are being served. Please try again in a moment."),
    "clock-behind": message("Nothing can be recorded until its operator has put it right."),
    "erased": message("This person asked to be forgotten. What was here is gone for good."),
    "form-not-ours": message(
        "Nothing was done. It came from another site, or you signed in or out since you opened it. "
        "Open the page again and send it once more."
    ),
    "http-error": message("Please go back and try another way."),
    "idempotency-key-reused": message(
        "This form was sent before, with other values. Open the page again to see how it stands."
    ),
    "internal": message("It was noted. Please try again later."),
    "invalid-request": message("Something in the address or the form is not as it should be."),
    "malformed-json": message("Please go back and try another way."),
    "method-not-allowed": message("Go back, and use the buttons of the page."),
    "not-found": message("Check the address; what was here may have moved, or may not be public."),
    "not-permitted": message(
        "You may not see or do this in your present role. Perhaps another of yours may."
    ),
    "stale-version": message("Somebody changed it in the meantime. Open it again, then decide."),
    "unauthenticated": message("Please sign in first."),
    "unknown-host": message("Check the address; this server answers to another name."),
}


def sentence(request: Request, code: str, detail: str) -> str:
    """A sentence for beside a field. In English the domain's own words add what the title lacks;
    in another language the title stands alone."""
    if code in SENTENCES:
        return f"{title(request, code)}. {say(request, SENTENCES[code])}"
    if language_of(request) == "en" and detail:
        words = detail.partition(": ")[2] if detail.startswith("/") else detail
        return capital(printable(words)).rstrip(".") + "."
    return title(request, code).rstrip(".") + "."


def title(request: Request, code: str) -> str:
    """The problem's title in the reader's language."""
    return say(request, PROBLEMS[code])


def printable(text: str) -> str:
    """``text`` without what no page can hold."""
    return shown(text.encode("utf-8", "backslashreplace").decode())
