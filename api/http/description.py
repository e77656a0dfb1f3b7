"""The API's description (OpenAPI 3.1): what FastAPI finds in the routes, and what it cannot
know."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from ledger.site import Site

_ABOUT = """Educators submit evidence, assessors review it, and a pass becomes a signed Open Badge.

**Authenticate** with an API token, `Authorization: Bearer TOKEN`. A token stands for one person in
one role within one unit; a person's first comes of an invitation (`POST /v1/invitations/accept`),
further ones of `POST /v1/me/tokens`.

**Repeat safely**: a command under an `Idempotency-Key` is carried out once, and answered alike
after. **Change what you saw**: `If-Match` with the `ETag` of an answer refuses what somebody
changed since. **Lists** come in pages: follow `Link: rel="next"`. **Errors** are problem details
(RFC 9457); a problem's `type` is an address that says what it means, and never changes.
"""

TAGS = {
    "organizations": "The network, its districts and campuses.",
    "people": "Who works where, in which roles; and oneself.",
    "access": "Invitations and API tokens.",
    "proposals": "What takes a second person.",
    "deployment": "What this deployment is, and how it does.",
    "micro-credentials": "The catalogue: micro-credentials in versions, each with its rubric.",
    "submissions": "From a draft to a decision.",
    "evidence": "The files of a submission, also large ones in pieces.",
    "reviews": "The queue, reviews, and who may assess.",
    "awards": "Signed badges and their status; private links to them.",
    "endorsements": "What organizations say of each other's achievements.",
    "verification": "Anyone's badge, checked.",
}
"""What the operations of a tag are about, in the order in which they are told."""

_PROBLEM = {
    "title": "Problem",
    "description": "RFC 9457 §3: why a request was not answered as it was asked.",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {
            "type": "string",
            "format": "uri",
            "description": "Which kind.",
        },
        "title": {"type": "string", "description": "The kind in words."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "detail": {"type": "string", "description": "What it is this time."},
        "errors": {
            "type": "array",
            "description": "What is wrong with the request, by its places in it.",
            "items": {
                "type": "object",
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}

_REFUSED = {
    "description": "A problem; its `type` says which.",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}

_METHODS = ("get", "put", "post", "delete", "patch", "head")


def describe(app: FastAPI, site: Site) -> None:
    """Let the application describe itself so; made once, when it is first asked for."""
    made_by_fastapi = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _completed(made_by_fastapi(), site)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _completed(document: dict[str, Any], site: Site) -> dict[str, Any]:
    document["info"]["description"] = _ABOUT
    document["servers"] = [{"url": site.base_url}]
    document["tags"] = [{"name": name, "description": words} for name, words in TAGS.items()]
    schemas = document["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["Problem"] = _PROBLEM
    for path, methods in document["paths"].items():
        for method in _METHODS:
            if (operation := methods.get(method)) is not None:
                _complete(path, method, operation)
    return document


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    words = [word.strip("{}") for word in path.replace(".", "/").split("/")[2:]]
    operation["operationId"] = "_".join([method, *words]).replace("-", "_")
    parameters = {p["name"]: p for p in operation.get("parameters", ())}
    responses = operation["responses"]
    responses.pop("422", None)
    for status, response in responses.items():
        response["description"] = "The answer." if status != "204" else "Done; there is no body."
        headers: dict[str, tuple[str, str | None]] = {}
        if "if-match" in parameters:
            headers["ETag"] = ("The thing's version now, for If-Match.", '"3"')
        if "after" in parameters:
            headers["Link"] = ('The next page, if there is one: rel="next".', None)
        if headers:
            response["headers"] = {
                name: {
                    "description": told,
                    "schema": {"type": "string"},
                    **({"example": example} if example else {}),
                }
                for name, (told, example) in headers.items()
            }
    responses["4XX"] = _REFUSED
    responses["503"] = {**_REFUSED, "description": "Not now: ask again after `Retry-After`."}
