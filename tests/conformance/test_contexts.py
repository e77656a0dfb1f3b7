"""Our vocabulary tables are the official contexts, term by term and when expanded."""

from typing import Any

import pytest
from pyld import jsonld

from badges.canonical import expand
from badges.contexts import known_contexts
from tests.conformance.contexts import same_terms
from tests.conftest import Vectors

SUITES = "1edtech-validator/suites-ed25519-2020.jsonld"
OFFICIAL = {
    "https://w3id.org/security/suites/ed25519-2020/v1": SUITES,
    "https://w3id.org/security/data-integrity/v1": "data-integrity-v1.jsonld",
}


@pytest.fixture(scope="module")
def official(vectors: Vectors) -> dict[str, Any]:
    files = {**vectors.json("contexts/loader-map.json"), **OFFICIAL}
    return {url: vectors.json(f"contexts/{file}") for url, file in files.items()}


# Compared with its authors' own package in tests/interop.
ELSEWHERE = {"https://w3id.org/vc/status-list/2021/v1"}


def test_every_table_has_an_official_document_and_every_document_a_table(official) -> None:
    assert set(known_contexts()) == set(official) | ELSEWHERE


def test_every_term_is_defined_alike(official) -> None:
    for url, document in official.items():
        assert same_terms(known_contexts()[url], document["@context"]), url


@pytest.mark.parametrize(
    "path",
    [
        "ob3-spec/ob3-guide-signed.json",
        "w3c-vc-di-eddsa/unsigned.json",
        "1edtech-validator/ob30/complete.json",
        "1edtech-validator/ob30/simple_v1.json",
        "bitstring-examples/01-example-bitstringstatuslistcredential.json",
    ],
)
def test_documents_expand_alike(vectors: Vectors, official, path: str) -> None:
    document = vectors.json(path)

    def load(url: str, _options: object) -> dict[str, Any]:
        return {"contextUrl": None, "documentUrl": url, "document": official[url]}

    theirs = jsonld.JsonLdProcessor().expand(
        document, {"documentLoader": load, "base": "", "contextResolver": _resolver(load)}
    )
    assert expand(document) == theirs


def _resolver(load: Any) -> Any:
    """One of its own: the processor's shared one would answer with our contexts."""
    from pyld.context_resolver import ContextResolver

    return ContextResolver({}, load)
