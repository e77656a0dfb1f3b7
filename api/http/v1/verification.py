"""/v1/verify: the full report on a credential of any issuer; nobody has to sign in."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import unquote

from fastapi import APIRouter, Depends, Header

from api.checking import Question
from api.deadline import Deadline
from api.http.auth import App, Lines
from api.http.v1.answers import Raw, no_query
from api.http.v1.reports import Report
from api.verifying import SECONDS

router = APIRouter(tags=["verification"])

_CREDENTIAL = {
    "requestBody": {
        "required": True,
        "content": {"application/vc+ld+json": {"schema": {"type": "object"}}},
    }
}


def _asked(longest: int, words: str) -> object:
    # Three bytes of an encoded text may be one of it.
    return Header(max_length=3 * longest, description=f"{words} Percent-encoded.")


@router.post(
    "/verify",
    openapi_extra=_CREDENTIAL,
    dependencies=[Depends(no_query)],
    response_model_exclude_unset=True,
)
async def verify(
    app: App,
    lines: Lines,
    data: Raw,
    recipient: Annotated[
        str | None,
        _asked(254, "Whose it should be: an e-mail address, or another identity of theirs."),
    ] = None,
    identity_type: Annotated[
        str | None,
        _asked(254, "The identityType of `recipient`, or `id`, where its form does not tell."),
    ] = None,
    challenge: Annotated[
        str | None, _asked(1000, "What a presentation must have been made for.")
    ] = None,
    domain: Annotated[
        str | None, _asked(1000, "For whom a presentation must have been made.")
    ] = None,
) -> Report:
    """Verify what is in the body: a credential as JSON or a JWT, or a PNG, SVG or PDF that holds
    one, or a photograph of its QR code. Always 200: the report holds the answer.

    What is asked of it comes in headers: an address is kept in too many places to name a person.
    """
    whose, kind, made, where = map(_plain, (recipient, identity_type, challenge, domain))
    question = Question(whose, kind, made, where)
    report = await lines.strangers.take(
        lambda: app.verifying.checking.report(data, Deadline.after(SECONDS), question).document()
    )
    return Report.model_validate(report)


def _plain(encoded: str | None) -> str | None:
    return None if encoded is None else unquote(encoded)
