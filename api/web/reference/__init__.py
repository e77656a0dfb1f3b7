"""/docs: the API as a client's developer meets it. What stands there is the API's own description
(`api.http.description`), with an example for each thing; the first walk is two programs that a test
runs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response

from api.http.description import TAGS
from api.problem_types import PROBLEMS
from api.web.pages import page
from api.web.reference.examples import example_of
from ledger.errors import NotFound

router = APIRouter(prefix="/docs")

_PROGRAMS = Path(__file__).parent / "programs"
_STEP = re.compile(r"^# \d\. (.+)$", re.MULTILINE)
_TOGETHER = ("idempotency-key", "if-match")
"""Headers of every command, which are told once for all."""


@dataclass(frozen=True)
class Field:
    """A parameter, or a member of a body: ``kind`` in words."""

    name: str
    where: str
    kind: str
    required: bool
    words: str


@dataclass(frozen=True)
class Operation:
    """One thing that can be asked of the API."""

    id: str
    method: str
    path: str
    words: str
    fields: tuple[Field, ...]
    request: str
    status: str
    answer: str
    is_open: bool
    is_command: bool


@router.get("")
def overview(request: Request) -> Response:
    """What there is."""
    return page(request, "reference/overview.html", {"groups": _groups(request), "tags": TAGS})


@router.get("/walk")
def walk(request: Request) -> Response:
    """From a founded ledger to a verified badge."""
    shell, python = (
        _steps((_PROGRAMS / name).read_text("utf-8")) for name in ("walk.sh", "walk.py")
    )
    steps = [(title, shell[title], python[title]) for title in shell]
    return page(request, "reference/walk.html", {"steps": steps})


@router.get("/walk.sh")
@router.get("/walk.py")
def program(request: Request) -> Response:
    """The walk as a program."""
    name = request.url.path.rpartition("/")[2]
    return Response((_PROGRAMS / name).read_bytes(), media_type="text/plain; charset=utf-8")


@router.get("/problems")
def problems(request: Request) -> Response:
    """Every type of problem."""
    return page(request, "reference/problems.html", {"problems": PROBLEMS})


@router.get("/{tag}")
def group(request: Request, tag: str) -> Response:
    """The operations on one kind of thing. Raises NotFound."""
    found = _groups(request).get(tag)
    if found is None:
        raise NotFound("page")
    values = {"tag": tag, "words": TAGS.get(tag, ""), "operations": found}
    return page(request, "reference/group.html", values)


def _groups(request: Request) -> dict[str, list[Operation]]:
    """The operations by their first tag, in the order of ``TAGS``."""
    described: dict[str, Any] = request.app.openapi()
    groups: dict[str, list[Operation]] = {tag: [] for tag in TAGS}
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            made = _operation(method, path, operation, described["components"]["schemas"])
            groups.setdefault(operation["tags"][0], []).append(made)
    return {tag: operations for tag, operations in groups.items() if operations}


def _operation(
    method: str, path: str, operation: Mapping[str, Any], schemas: Mapping[str, Any]
) -> Operation:
    body = _json_of(operation.get("requestBody", {}))
    status, response = next(iter(operation["responses"].items()))
    names = [parameter["name"] for parameter in operation.get("parameters", ())]
    return Operation(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        words=operation.get("description", ""),
        fields=(*_parameters(operation), *_members(body, schemas)),
        request=_written(body, schemas),
        status=status,
        answer=_written(_json_of(response), schemas),
        is_open="security" not in operation,
        is_command="idempotency-key" in names,
    )


def _json_of(part: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = part.get("content", {}).get("application/json", {}).get("schema", {})
    return found


def _written(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    if not schema:
        return ""
    return json.dumps(example_of(schema, schemas), indent=2, ensure_ascii=False)


def _parameters(operation: Mapping[str, Any]) -> Iterator[Field]:
    for parameter in operation.get("parameters", ()):
        if parameter["name"] not in _TOGETHER:
            yield Field(
                parameter["name"],
                parameter["in"],
                _kind(parameter["schema"]),
                parameter.get("required", False),
                parameter.get("description", ""),
            )


def _members(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[Field]:
    """The members of a body's object."""
    if (reference := schema.get("$ref")) is not None:
        schema = schemas[reference.rpartition("/")[2]]
    for name, member in schema.get("properties", {}).items():
        is_required = name in schema.get("required", ())
        yield Field(name, "body", _kind(member), is_required, member.get("description", ""))


def _kind(schema: Mapping[str, Any]) -> str:
    """What a value is, in words."""
    if (reference := schema.get("$ref")) is not None:
        return str(reference.rpartition("/")[2])
    if choices := schema.get("enum"):
        return " | ".join(map(str, choices))
    if several := schema.get("anyOf") or schema.get("oneOf"):
        return " | ".join(dict.fromkeys(_kind(each) for each in several))
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("const") or schema.get("type") or "any")


def _steps(text: str) -> dict[str, str]:
    """A walk's parts by their titles; the first is what the others use."""
    before, *parts = _STEP.split(text)
    steps = {title: code.strip() for title, code in zip(parts[::2], parts[1::2], strict=True)}
    return {"What the steps use": before.strip(), **steps}
