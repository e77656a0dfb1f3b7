"""Attack: values that no type foresaw (a NUL, a lone surrogate, an integer of four hundred digits,
an address that is none) in paths, queries, bodies, headers and documents led to tracebacks and to
500s. Every operation is asked with all of them here; there is an answer, and it is never 500."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer
from fastapi.testclient import TestClient

from api.cli.badge import verify
from api.fetch import GuardedFetcher, redirected
from api.http.app import create
from api.verifying import FolderDocuments, OwnDocuments
from badges.errors import UnreachableDocument
from badges.proofs.data_integrity import add_proof
from badges.verification import Verifier
from tests.attacks.conftest import Api
from tests.badges.issuers import ISSUER, NOW, Key, Shelf
from tests.world import World

HUGE = "9" * 400
IN_PATHS = [
    "%00",
    "a%00b",
    "%ED%A0%80",
    "%FF%FE",
    "%C3%28",
    HUGE,
    "-1",
    "0",
    "2147483648",
    "9223372036854775808",
    "1e9",
    "NaN",
    "x" * 5000,
    "..%2F..%2Fetc%2Fpasswd",
    "%2e%2e",
    "%E2%80%AE",
    "%0d%0aSet-Cookie:%20x=1",
]
IN_BODIES: list[Any] = [
    "\0",
    "\ud800",
    "\ud800" * 50,
    "x" * 5000,
    int("9" * 300),
    -1,
    2**63,
    1e308,
    None,
    True,
    [],
    {},
    [[[[[]]]]],
    {"\ud800": "\0"},
]
RAW_BODIES = [
    b"",
    b"\0",
    b"[" * 20_000,
    b'{"a":' * 20_000,
    b'{"\\ud800": 1}',
    b'{"a": NaN}',
    b'{"a": ' + b"9" * 5000 + b"}",
    b"\xff\xfe\x00",
    b'"\\ud800"',
]


@pytest.fixture
def asked(stored_world: World) -> Iterator[Api]:
    """On each database: SQLite takes what PostgreSQL refuses."""
    app, base = create(stored_world.app), stored_world.app.site.base_url
    with TestClient(app, base, raise_server_exceptions=False) as client:
        yield Api(stored_world, client)


@dataclass(frozen=True)
class Operation:
    """One thing that the server can be asked for, with the names of what goes into it."""

    method: str
    path: str
    in_path: list[str]
    in_query: list[str]
    body: dict[str, Any]


def operations(api: Api) -> list[Operation]:
    """Everything that there is, in the API's description or not."""
    app: Any = api.client.app
    described = app.openapi()
    found = []
    for router in app.routes:
        for route in getattr(router, "effective_route_contexts", tuple)():
            for method in sorted(route.methods - {"HEAD"}):
                found.append(
                    Operation(
                        method,
                        route.path,
                        [field.alias for field in route.dependant.path_params],
                        [field.alias for field in _queries(route.dependant)],
                        _body(described, route.path, method.lower()),
                    )
                )
    assert len(found) > 70
    return found


def _queries(dependant: Any) -> list[Any]:
    inner = [found for each in dependant.dependencies for found in _queries(each)]
    return [*dependant.query_params, *inner]


def _body(described: Any, path: str, method: str) -> dict[str, Any]:
    """A body of the right shape."""
    operation = described["paths"].get(path, {}).get(method, {})
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    found = _example(described, content.get("schema", {}))
    return found if isinstance(found, dict) else {}


def _example(described: Any, schema: Any) -> Any:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return _example(described, described["components"]["schemas"][name])
    if "anyOf" in schema:
        return _example(described, schema["anyOf"][0])
    if "enum" in schema or "const" in schema:
        return schema.get("enum", [schema.get("const")])[0]
    if schema.get("format") == "uuid":
        return "00000000-0000-4000-8000-000000000000"
    if schema.get("format") == "date-time":
        return "2027-01-01T00:00:00Z"
    match schema.get("type"):
        case "object":
            return {n: _example(described, s) for n, s in schema.get("properties", {}).items()}
        case "array":
            return [_example(described, schema["items"])] if "items" in schema else []
        case "integer" | "number":
            return 1
        case "boolean":
            return True
    return "words"


_dealt = itertools.count()


def share(values: list[Any]) -> list[Any]:
    """A third of the values, another one each time: all of them meet each kind of parameter."""
    return values[next(_dealt) % 3 :: 3]


def filled(operation: Operation, values: dict[str, str]) -> str:
    path = operation.path
    for name, value in values.items():
        path = path.replace(f"{{{name}:path}}", value).replace(f"{{{name}}}", value)
    return path


def test_nasty_values_in_paths_and_queries(asked: Api) -> None:
    failed = []
    award = str(asked.world.award())
    for operation in operations(asked):
        usual = dict.fromkeys(operation.in_path, award)
        addresses = [
            filled(operation, {**usual, name: value})
            for name in operation.in_path
            for value in share(IN_PATHS)
        ]
        addresses += [
            f"{filled(operation, usual)}?{name}={value}"
            for name in operation.in_query
            for value in share(IN_PATHS)
        ]
        for address in addresses:
            answer = asked.ask(
                asked.world.administrator, operation.method, address, json=operation.body
            )
            if answer.status_code >= 500:
                failed.append((operation.method, address[:120], answer.status_code))
    assert failed == []


def test_nasty_values_in_bodies(asked: Api) -> None:
    failed = []
    for operation in operations(asked):
        usual = dict.fromkeys(operation.in_path, str(asked.world.campus))
        address = filled(operation, usual)
        bodies = [
            json.dumps({**operation.body, name: value})
            for name in operation.body
            for value in share(IN_BODIES)
        ]
        for body in [*bodies, *share(RAW_BODIES)] if operation.method != "GET" else []:
            answer = asked.ask(
                asked.world.administrator,
                operation.method,
                address,
                content=body,
                headers={"Content-Type": "application/json"},
            )
            if answer.status_code >= 500:
                failed.append((operation.method, address, str(body[:80]), answer.status_code))
    assert failed == []


HOSTILE_ADDRESSES = [
    "https://[::1",
    "https://[::1]:99999/",
    "https://x.example.org:port/",
    "https://a\0b.example.org/",
    "https://x.example.org/\0",
    "https://x.example.org/" + "x" * 5000,
    "https://" + "x" * 5000 + ".example.org/",
    "https://x..example.org/",
    "https://\ud800.example.org/",
    "https://x.example.org/\ud800?\ud800",
    "https://x.example.org/../../../etc/passwd",
    "https://",
    "\0",
    "",
]


@pytest.mark.parametrize("url", HOSTILE_ADDRESSES)
def test_no_address_is_more_than_unreachable(world: World, tmp_path: Path, url: str) -> None:
    """From a folder, through the guard, and among our own documents."""

    def nowhere(_host: str, _port: int) -> list[str]:
        raise OSError("no such host")

    fetcher = GuardedFetcher(resolve=nowhere)
    for loader in (FolderDocuments(tmp_path), fetcher, OwnDocuments(world.app.publishing, fetcher)):
        with pytest.raises(UnreachableDocument):
            loader.load(url)
    prefix = world.app.site.status_list("")
    with pytest.raises(UnreachableDocument):
        OwnDocuments(world.app.publishing, fetcher).load(prefix + url)


def test_a_redirect_to_no_address() -> None:
    with pytest.raises(UnreachableDocument, match="no URL"):
        redirected("https://x.example.org/a", "https://[::1")


@pytest.mark.parametrize(
    "encoding", ["utf-7", "utf-16", "utf-8-sig", "idna", "hex", "rot13", "none", "cp037", "ebcdic"]
)
def test_an_svg_in_another_encoding(encoding: str) -> None:
    svg = f'<?xml version="1.0" encoding="{encoding}"?><svg xmlns="http://www.w3.org/2000/svg"/>'
    assert Verifier(Shelf(), NOW).verify(svg).outcome == "malformed"


def test_an_error_that_nobody_foresaw_leaves_a_badge_undetermined(unsigned: Any) -> None:
    """And it is noted: nothing of it is told. A verifier without such a note raises it."""

    class Fails(Shelf):
        def load(self, url: str) -> Any:
            raise RuntimeError("secret words")

    noted: list[Exception] = []
    signed = json.dumps(add_proof(unsigned, Key(ISSUER), NOW))
    report = Verifier(Fails(), NOW, on_fault=noted.append).verify(signed)
    assert (report.answer, report.outcome) == ("undetermined", "unsupported")
    assert "secret words" not in json.dumps(report.document())
    assert [str(error) for error in noted] == ["secret words"]
    with pytest.raises(RuntimeError):
        Verifier(Fails(), NOW).verify(signed)


def test_the_command_line_names_what_it_cannot_read(
    unsigned: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line for each, and the next one is read all the same."""
    proof = add_proof(unsigned, Key(ISSUER), NOW)["proof"]
    badge = tmp_path / "badge.json"
    badge.write_text(
        json.dumps({**unsigned, "proof": {**proof, "verificationMethod": "https://[::1#key"}})
    )
    names = ["https://[::1", "a\0b", "x" * 5000, str(tmp_path), "/dev/zero", str(badge)]
    with pytest.raises(typer.Exit) as ended:
        verify(names, offline=tmp_path, home=tmp_path / "none", as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert ended.value.exit_code in (1, 3)
    assert [item["file"] for item in told if "error" in item] == names[:-1]
    answers = [item["answer"] for item in told if "error" not in item]
    assert len(answers) == 1
    assert "verified" not in answers
