"""What we make of each file of the official vectors, said in a few words.

A judge takes the folder and a path in it; ``expectations.tsv`` names the judge of each file and
what it has to say.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator, Draft201909Validator
from jsonschema.exceptions import SchemaError

from badges.canonical import canonical_nquads
from badges.contexts import known_contexts
from badges.document import as_list, parse_document, without_proof
from badges.errors import BadgesError, MalformedDocument, UnreachableDocument
from badges.proofs.cryptosuites import Cryptosuite, suite_of
from badges.proofs.ecdsa_sd import disclosed_holds, read_derived_proof
from badges.proofs.signatures import is_signed_by
from badges.verification import Verifier
from badges.verification.schema import context_problems, shape_problems
from keys.did import did_key_document
from keys.errors import KeysError
from keys.multikey import decode_public_key, multibase_decode
from tests.conformance.contexts import same_terms

NOW = datetime(2026, 11, 24, tzinfo=UTC)
Judge = Callable[[Path, str], str]


class Web:
    """What the web would answer about the vectors: the consortium's files, and for the issuers
    of examples a document with the key that stands in the fragment of their proofs."""

    def __init__(self, folder: Path, text: str = "") -> None:
        self._folder = folder / "dcc-vc-test-fixtures"
        self._issuers = {
            match[1]: match[2] for match in re.finditer(r'"(https://[^"#]+)#(z6Mk\w+)"', text)
        }

    def load(self, url: str) -> Any:
        if url in self._issuers:
            document = did_key_document(f"did:key:{self._issuers[url]}")
            return json.loads(json.dumps(document).replace(document["id"], url))
        for name in ("legacy", "oidf"):
            if url.endswith(f"{name}/did.json"):
                return parse_document((self._folder / f"dids/{name}/did.json").read_bytes())
        path = self._folder / "statusLists/didkey-ed25519Signature2020" / url.rpartition("/")[2]
        if path.is_file():
            return parse_document(path.read_bytes())
        raise UnreachableDocument(f"{url} is not among the vectors")


def credential(folder: Path, path: str) -> str:
    """The outcome of verifying the file, with the fate of its signature."""
    data = (folder / path).read_bytes()
    report = Verifier(Web(folder, data.decode("latin-1")), NOW).verify(data)
    checks = {check.id: check for check in report.checks}
    if report.outcome == "malformed" and checks["document.parse"].status == "failed":
        return f"unreadable: {checks['document.parse'].detail.partition(':')[0]}"
    signature = checks["proof.signature"].status
    return report.outcome if report.verified else f"{report.outcome}; signature {signature}"


def data_model(folder: Path, path: str) -> str:
    """Whether the document has the shape of its type, once the suite's blanks are filled in."""
    try:
        document = parse_document((folder / path).read_bytes())
        _fill(document)
        problems = [*context_problems(document), *shape_problems(document)]
        if not problems:
            canonical_nquads({k: v for k, v in document.items() if k != "proof"})
    except BadgesError as error:
        problems = [str(error)]
    return "refused" if problems else "accepted"


def context(folder: Path, path: str) -> str:
    """Whether our table of a context is the official document, term by term."""
    urls = json.loads((folder / "contexts/loader-map.json").read_text())
    document = json.loads((folder / path).read_text())
    known = known_contexts()
    for url in [
        *[u for u, file in urls.items() if f"contexts/{file}" == path],
        *_LIKE.get(path, ()),
    ]:
        return "same terms" if same_terms(known[url], document["@context"]) else "other terms"
    return "not known"


_LIKE = {
    "contexts/data-integrity-v1.jsonld": ["https://w3id.org/security/data-integrity/v1"],
    "contexts/1edtech-validator/data-integrity-v1.jsonld": [
        "https://w3id.org/security/data-integrity/v1"
    ],
    "contexts/1edtech-validator/suites-ed25519-2020.jsonld": [
        "https://w3id.org/security/suites/ed25519-2020/v1"
    ],
    "contexts/1edtech-validator/security-suites-ed25519-2020-v1.jsonld": [
        "https://w3id.org/security/suites/ed25519-2020/v1"
    ],
    "contexts/1edtech-validator/credentials-v2.jsonld": ["https://www.w3.org/ns/credentials/v2"],
    "contexts/1edtech-validator/2018-credentials-v1.jsonld": [
        "https://www.w3.org/2018/credentials/v1"
    ],
    "contexts/cnb-ob-v3p0-3.0.3.json": [
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
    ],
    "contexts/ob-spec-repo/context.json": ["https://purl.imsglobal.org/spec/ob/v3p0/context.json"],
} | {
    f"contexts/ob-spec-repo/context-{version}.json": [
        f"https://purl.imsglobal.org/spec/ob/v3p0/context-{version}.json"
    ]
    for version in ("3.0.1", "3.0.2", "3.0.3")
}


def schema(folder: Path, path: str) -> str:
    """Whether it is a schema that a validator can use; tests/conformance/test_schemas.py holds
    what we issue against the current ones."""
    document = json.loads((folder / path).read_text())
    validator = Draft201909Validator if "2019" in str(document.get("$schema")) else Draft7Validator
    try:
        validator.check_schema(document)
    except SchemaError:
        return "no schema of its draft"
    return "a schema"


def did_keys(folder: Path, path: str) -> str:
    """How many of a file's did:keys we read: all, or none."""
    found = set()
    for did in json.loads((folder / path).read_text()):
        try:
            did_key_document(did.partition("#")[0])
            found.add(f"read: {_KINDS[did.removeprefix('did:key:')[:3]]}")
        except KeysError as error:
            found.add("refused: " + re.sub(r" in '.*|'.*", "", str(error)).strip())
    return ", ".join(sorted(found))


_KINDS = {"z6M": "Ed25519", "zDn": "P-256", "z82": "P-384"}


def step(folder: Path, path: str) -> str:
    """Whether a published intermediate value is what we compute from the signed document."""
    place = Path(path).parent
    kind, suffix = _split(Path(path).stem)
    signed = json.loads((folder / place / f"signed{suffix}.json").read_text())
    proof = signed["proof"]
    suite = suite_of(proof)
    assert isinstance(suite, Cryptosuite)
    key = decode_public_key(proof["verificationMethod"].partition("#")[2])
    options = {k: v for k, v in proof.items() if k != "proofValue"}
    try:
        texts = [part.decode() for part in suite.canonical_parts(without_proof(signed), options)]
        how = "reproduced"
    except MalformedDocument:  # a context of which no official copy is at hand
        texts = [
            (folder / place / f"{name}{suffix}.txt").read_text()
            for name in ("proofCanon", "canonDoc")
        ]
        how = "reproduced from the published canonical form"
    sha = hashlib.sha384 if "384" in path else hashlib.sha256
    proof_hash, document_hash = (sha(text.encode()).digest() for text in texts)
    signature = multibase_decode(proof["proofValue"])
    computed = {
        "canonDoc": texts[1],
        "proofCanon": texts[0],
        "docHash": document_hash.hex(),
        "proofHash": proof_hash.hex(),
        "combinedHash": (proof_hash + document_hash).hex(),
        "sigHex": signature.hex(),
        "sigBTC58": proof["proofValue"],
    }
    if kind == "signed":
        good = is_signed_by(key, signature, proof_hash + document_hash)
        return f"signature fits, {how}" if good else "signature does not fit"
    text = (folder / path).read_text()
    if kind == "proofConfig":
        stated = {k: v for k, v in json.loads(text).items() if k != "@context"}
        same = stated == {k: v for k, v in options.items() if k != "@context"}
    else:
        same = text.strip() == computed[kind].strip()
    return how if same else "another value"


def disclosure(folder: Path, path: str) -> str:
    """The verifying side of ecdsa-sd-2023, from the published N-Quads on."""
    place = folder / Path(path).parent
    proof = json.loads((place / "derivedRevealDocument.json").read_text())["proof"]
    stated = json.loads((place / "verifyCreateVerifyData.json").read_text())
    lines = json.loads((place / "verifyNQuads.json").read_text())
    derived = read_derived_proof(proof["proofValue"])
    key = decode_public_key(proof["verificationMethod"].partition("#")[2])
    proof_hash = bytes.fromhex(stated["proofHash"])
    if not disclosed_holds(lines, derived, proof_hash, key):
        return "signature does not fit"
    if disclosed_holds([*lines[:-1], lines[-1].replace("<", "<x")], derived, proof_hash, key):
        return "an altered statement passes"
    read = json.loads((place / "verifyDerivedProofValue.json").read_text())
    same = (
        read["baseSignature"] == derived.base_signature.hex()
        and read["signatures"] == [s.hex() for s in derived.signatures]
        and read["mandatoryIndexes"] == sorted(derived.mandatory)
    )
    return "proof read alike, signatures fit" if same else "proof read otherwise"


def not_a_case(_folder: Path, _path: str) -> str:
    """A file that says something to people, or is an input of another."""
    return "–"


JUDGES: dict[str, Judge] = {
    "credential": credential,
    "data-model": data_model,
    "context": context,
    "schema": schema,
    "did-key": did_keys,
    "step": step,
    "disclosure": disclosure,
    "none": not_a_case,
}


def _fill(document: Any) -> None:
    """The suite's inputs leave the issuer and some dates to whoever runs it."""
    own = "did:key:z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi"
    dates = {"PAST DATE": "2020-01-01T00:00:00Z", "FUTURE DATE": "2090-01-01T00:00:00Z"}
    if "VerifiableCredential" in as_list(document.get("type")):
        if isinstance(document.get("issuer"), dict):
            document["issuer"].setdefault("id", own)
        elif "issuer" not in document:
            document["issuer"] = own
    for name in ("validFrom", "validUntil"):
        if document.get(name) in dates:
            document[name] = dates[document[name]]


def _split(stem: str) -> tuple[str, str]:
    for kind in _STEPS:
        if stem.startswith(kind):
            return kind, stem.removeprefix(kind)
    raise AssertionError(stem)


_STEPS = (
    "canonDoc",
    "combinedHash",
    "docHash",
    "proofCanon",
    "proofConfig",
    "proofHash",
    "sigBTC58",
    "sigHex",
    "signed",
)
