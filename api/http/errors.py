"""Errors as an interface: RFC 9457 problem details, each with a stable ``type``.

A program gets ``application/problem+json``; a browser on a public page gets a page.
"""

from __future__ import annotations

import json
import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from api.turns import Busy
from badges.errors import BadgesError
from keys.errors import KeysError
from ledger.errors import (
    Invalid,
    KeyReused,
    LedgerError,
    NotFound,
    NotPermitted,
    RuleBroken,
    StaleVersion,
    Unavailable,
    UnfitText,
)

logger = logging.getLogger("testamur")

_STATUS: dict[type[LedgerError], int] = {
    NotPermitted: 403,
    NotFound: 404,
    RuleBroken: 409,
    StaleVersion: 412,
    Invalid: 422,
    KeyReused: 422,
    Unavailable: 503,
}

PROBLEMS = {
    "address-is-ours": "The ledger has that address already",
    "already-qualified": "The assessor is qualified already",
    "already-reviewing": "This assessor is on this round already",
    "already-revoked": "The award is revoked already",
    "already-withdrawn": "The endorsement is withdrawn already",
    "award-already-live": "The person holds a live award for this already",
    "awarder-took-part": "Who awards must not have taken part",
    "bad-email": "Not an e-mail address",
    "bad-header": "A header cannot be read",
    "bad-image": "Not a picture that can be used",
    "bad-media-type": "Not a media type",
    "bad-name": "Not a name",
    "bad-statement": "The statement is too long or empty",
    "bad-text": "A text with characters that have no place in it, or too many",
    "bad-target": "Nothing that can be endorsed",
    "never-in-force": "It would never be in force",
    "body-too-large": "The request is too large",
    "behind-the-log": "What this rests on is being brought up to date",
    "body-too-slow": "The request did not come in time",
    "busy": "Too much is going on at once",
    "clock-behind": "This server's clock is behind its log",
    "clock-right": "The log is not ahead of the clock",
    "competency-not-demonstrated": "Nothing accepted to award",
    "conflict-of-interest": "The assessor declared a conflict of interest",
    "credential-not-fit": "The badge would not verify, so it was not signed",
    "criteria-missing": "Not every criterion is scored",
    "endorsement-not-verified": "The endorsement does not verify",
    "enough-assessors": "This round has all its assessors",
    "erased": "The person's data was erased",
    "evidence-empty": "There is nothing in this evidence",
    "evidence-too-large": "This evidence is too large",
    "feedback-missing": "A criterion below the bar needs feedback",
    "http-error": "The request cannot be answered",
    "idempotency-key-reused": "This Idempotency-Key was used for something else",
    "internal": "Something went wrong on our side",
    "invalid-request": "The request does not have the right shape",
    "log-invalid": "Not a state of this log",
    "malformed-json": "The request is not JSON",
    "method-not-allowed": "This address does not take that method",
    "network-exists": "The ledger has its network already",
    "never-ends": "There is nothing to renew",
    "not-active": "The award is not active",
    "not-an-assessor": "The person is not an assessor",
    "not-attested": "The attestation was not affirmed",
    "not-endorsed": "There is no such endorsement",
    "not-found": "There is no such thing",
    "not-permitted": "Not permitted",
    "not-qualified": "The assessor is not qualified for this",
    "not-suspendable": "This award cannot be suspended",
    "not-suspended": "The award is not suspended",
    "not-this-endorsement": "It endorses something else",
    "nothing-to-publish": "There is no draft to publish",
    "organization-misplaced": "Such a unit does not belong there",
    "own-work": "An assessor cannot review their own work",
    "parts-missing": "Parts of the submission are missing",
    "person-erased": "The person's data was erased",
    "reason-missing": "A reason is missing",
    "review-closed": "The review is closed",
    "role-already-held": "The role is held already",
    "role-not-held": "The person does not hold that role",
    "roles-exclude-each-other": "These roles exclude each other",
    "stale-version": "It changed since you looked",
    "superseded": "A later award took its place",
    "token-life": "A token cannot live that long",
    "unauthenticated": "Who are you?",
    "unknown-host": "Not a name of this server",
    "unknown-criterion": "Not a criterion of this rubric",
    "unknown-level": "Not a level of this criterion",
    "unknown-role": "There is no such role",
    "version-not-published": "That version was never published",
    "version-retired": "That version takes no more submissions",
    "was-on-the-panel": "The appeal goes to somebody else",
    "wrong-state": "The submission is in another state",
}
"""Every problem type by its code, with its title. Codes are never renamed."""


class Unauthenticated(Exception):
    """No token, or one that names nobody."""


def problem(request: Request, status: int, code: str, detail: str, **members: Any) -> Response:
    """A problem document (RFC 9457 §3); its type is an address of this deployment."""
    base = request.app.state.testamur.site.base_url
    content = {
        "type": f"{base}/problems/{code}",
        "title": PROBLEMS[code],
        "status": status,
        "detail": detail,
        **members,
    }
    # In ASCII: what is told of a request may hold characters that UTF-8 has no bytes for.
    return Response(json.dumps(content), status, media_type="application/problem+json")


def install(app: FastAPI) -> None:
    """Answer every error with a problem, and none with a traceback."""

    @app.exception_handler(LedgerError)
    async def ledger_error(request: Request, error: LedgerError) -> Response:
        status = next(status for kind, status in _STATUS.items() if isinstance(error, kind))
        members: dict[str, Any] = {}
        if isinstance(error, UnfitText):
            members["errors"] = [{"pointer": error.place, "detail": str(error)}]
        answer = respond(request, status, error.code, str(error), **members)
        if isinstance(error, Unavailable):
            answer.headers["Retry-After"] = "30"
        return answer

    @app.exception_handler(BadgesError)
    async def badges_error(request: Request, error: BadgesError) -> Response:
        return respond(request, 409, "credential-not-fit", str(error))

    @app.exception_handler(KeysError)
    async def keys_error(request: Request, error: KeysError) -> Response:
        logger.error("keys: %s", error)
        return respond(request, 500, "internal", "the issuer's keys are not available")

    @app.exception_handler(Unauthenticated)
    async def unauthenticated(request: Request, _error: Unauthenticated) -> Response:
        answer = problem(request, 401, "unauthenticated", "send a valid API token as Bearer")
        answer.headers["WWW-Authenticate"] = "Bearer"
        return answer

    @app.exception_handler(Busy)
    async def no_turn(request: Request, _error: Busy) -> Response:
        return busy(request, "others are being served; please try again soon")

    @app.exception_handler(RequestValidationError)
    async def validation_error(request: Request, error: RequestValidationError) -> Response:
        found = error.errors()
        if any(item["type"] == "json_invalid" for item in found):
            return problem(request, 400, "malformed-json", "the body is not JSON")
        errors = [
            {"pointer": "/" + "/".join(str(part) for part in item["loc"]), "detail": item["msg"]}
            for item in found[:20]
        ]
        detail = f"{errors[0]['pointer']}: {errors[0]['detail']}"
        return respond(request, 422, "invalid-request", detail, errors=errors)

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> Response:
        codes = {404: "not-found", 405: "method-not-allowed", 410: "erased"}
        code = codes.get(error.status_code, "http-error")
        return respond(request, error.status_code, code, str(error.detail))


def busy(request: Request, detail: str) -> Response:
    """Not now: come back a little later."""
    answer = respond(request, 503, "busy", detail)
    answer.headers["Retry-After"] = "10"
    return answer


def respond(request: Request, status: int, code: str, detail: str, **members: Any) -> Response:
    """A page for a browser that looks at pages, a problem document for everybody else."""
    wants_page = "text/html" in request.headers.get("accept", "")
    if wants_page and not request.scope["path"].startswith("/v1"):
        page: Response = request.app.state.pages.TemplateResponse(
            request,
            "problem.html",
            {"title": PROBLEMS[code], "detail": _printable(detail), "status": status},
            status_code=status,
        )
        return page
    return problem(request, status, code, detail, **members)


def _printable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
