"""/docs: what a client's developer reads there is so."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from api.http.description import TAGS
from api.web.reference import router
from api.web.reference.examples import example_of
from tests.api.conftest import Api, api  # noqa: F401 - the fixture is used by its name
from tests.conftest import ROOT
from tests.interop.conftest import free_port, serving

BROWSER = {"Accept": "text/html"}
PROGRAMS = ROOT / "api/web/reference/programs"


@pytest.mark.parametrize("program", ["sh", "py"])
def test_the_first_walk_ends_with_a_verified_badge(tmp_path: Path, program: str) -> None:
    port = free_port()
    home, base = tmp_path / "home", f"http://localhost:{port}"
    environment = {
        **os.environ,
        "TESTAMUR_HOME": str(home),
        "TESTAMUR_BASE_URL": base,
        "TESTAMUR_KEY_PASSPHRASE": "a passphrase",
        "BASE": base,
    }
    found = [sys.executable, "-m", "api", "found", "Net", "Ada Moore", "ada@example.org", "--json"]
    founded = subprocess.run(found, cwd=ROOT, env=environment, capture_output=True, check=True)
    (tmp_path / "founded.json").write_bytes(founded.stdout)
    if program == "sh" and not shutil.which("curl"):
        pytest.fail("curl is not installed: the walk with it was not tried")
    walk = ["sh"] if program == "sh" else [sys.executable]
    command = [*walk, str(PROGRAMS / f"walk.{program}"), "founded.json"]
    with serving(home, port):
        walked = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
        )
    assert walked.returncode == 0, walked.stderr + walked.stdout
    assert walked.stdout.startswith(f"{base}/badges/")
    assert walked.stdout.endswith(": verified\n")


def test_the_description_says_how_to_authenticate_and_what_can_go_wrong(api: Api) -> None:  # noqa: F811
    described = api.client.get("/v1/openapi.json").json()
    assert described["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert described["servers"] == [{"url": "http://localhost:8000"}]
    names = set()
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            names.add(operation["operationId"])
            refused = operation["responses"]["4XX"]["content"]["application/problem+json"]
            assert refused["schema"] == {"$ref": "#/components/schemas/Problem"}, path
            assert "422" not in operation["responses"]
            is_open = (path, method) in OPEN
            assert operation.get("security") == (None if is_open else [{"token": []}]), path
    assert len(names) == sum(map(len, described["paths"].values()))
    assert "HTTPValidationError" not in json.dumps(described)


OPEN = {("/v1/invitations/accept", "post"), ("/v1/verify", "post")}
"""Whoever asks: nobody has to be signed in."""


def test_every_example_fits_the_schema_that_it_is_of(api: Api) -> None:  # noqa: F811
    described: dict[str, Any] = api.client.get("/v1/openapi.json").json()
    schemas = described["components"]["schemas"]
    for name, schema in schemas.items():
        validator = Draft202012Validator({**schema, "components": {"schemas": schemas}})
        errors = [e.message for e in validator.iter_errors(example_of(schema, schemas))]
        assert not errors, (name, example_of(schema, schemas), errors)


def test_each_operation_stands_on_the_page_of_its_tag(api: Api) -> None:  # noqa: F811
    described = api.client.get("/v1/openapi.json").json()
    overview = api.client.get("/docs", headers=BROWSER).text
    pages: dict[str, str] = {}
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            tag = operation["tags"][0]
            if tag not in pages:
                answer = api.client.get(f"/docs/{tag}", headers=BROWSER)
                assert (answer.status_code, len(answer.content) < 100_000) == (200, True), tag
                pages[tag] = answer.text
            assert f'id="{operation["operationId"]}"' in pages[tag]
            assert f"{method.upper()} {path}" in overview
    assert pages.keys() <= TAGS.keys(), "a tag of which nothing is told"


@pytest.mark.parametrize("path", ["", "/walk", "/problems", "/awards"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_the_reference_is_read_in_both_languages(api: Api, path: str, language: str) -> None:  # noqa: F811
    answer = api.client.get(f"/docs{path}", headers={**BROWSER, "Accept-Language": language})
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.text
    assert ("Cada tipo" in answer.text or "La API" in answer.text) == (language == "es")


def test_what_is_no_part_of_the_reference_is_not_found(api: Api) -> None:  # noqa: F811
    assert router.prefix == "/docs"
    assert api.client.get("/docs/nothing", headers=BROWSER).status_code == 404
    walk = api.client.get("/docs/walk.sh")
    assert walk.text == (PROGRAMS / "walk.sh").read_text()
