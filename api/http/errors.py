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
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from api.problem_types import PROBLEMS, Unauthenticated
from api.turns import Busy
from api.web.error_page import error_page
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
    @app.exception_handler(ValidationError)
    async def validation_error(
        request: Request, error: RequestValidationError | ValidationError
    ) -> Response:
        """Of a body, or of a command made of its parts; what a type of ours refused has the
        problem type that it names."""
        found = error.errors()
        named = next((e for item in found if isinstance(e := _cause(item), LedgerError)), None)
        if named is not None:
            return respond(request, 422, named.code, str(named))
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


def _cause(item: Any) -> object:
    return item.get("ctx", {}).get("error")


def busy(request: Request, detail: str) -> Response:
    """Not now: come back a little later."""
    answer = respond(request, 503, "busy", detail)
    answer.headers["Retry-After"] = "10"
    return answer


def respond(request: Request, status: int, code: str, detail: str, **members: Any) -> Response:
    """A page for a browser that looks at pages, a problem document for everybody else."""
    wants_page = "text/html" in request.headers.get("accept", "")
    if wants_page and not request.scope["path"].startswith("/v1"):
        return error_page(request, status, code, detail)
    return problem(request, status, code, detail, **members)
