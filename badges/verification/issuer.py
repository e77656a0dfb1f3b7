"""From a proof's verificationMethod to the issuer's key, and whether it may be trusted for it.

Sources: Controlled Identifiers 1.0 §3.3 (retrieve a verification method); P4, D1–D6.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from badges.document import Document, as_list, parse_time
from badges.errors import MalformedDocument, MalformedProof, UnsupportedProof
from badges.loader import DocumentLoader
from keys.did import did_key_document, did_web_url
from keys.multikey import PublicKey, decode_public_key


@dataclass(frozen=True)
class VerificationMethod:
    """A key as its controller's document lists it."""

    id: str
    controller: str
    key: PublicKey
    asserts: bool
    revoked: datetime | None
    expires: datetime | None


def resolve_method(url: object, loader: DocumentLoader) -> VerificationMethod:
    """The verification method at ``url``, from its controller's document.

    Raises MalformedProof, MalformedDocument, UnsupportedProof, UnreachableDocument, KeysError.
    """
    if not isinstance(url, str) or "#" not in url:
        raise MalformedProof(f"verificationMethod {url!r} names no key within a document")
    controller = url.partition("#")[0]
    document = controller_document(controller, loader)
    if document.get("id") != controller:
        raise MalformedDocument(f"the document of {controller} calls itself {document.get('id')!r}")
    method = _find(document, url)
    if method.get("controller", controller) != controller:
        raise MalformedDocument(f"{url} has another controller")
    multibase = method.get("publicKeyMultibase")
    if not isinstance(multibase, str):
        raise UnsupportedProof(f"{url} is no Multikey; this verifier does not know its form")
    return VerificationMethod(
        id=url,
        controller=controller,
        key=decode_public_key(multibase),
        asserts=any(_id(item) == url for item in as_list(document.get("assertionMethod"))),
        revoked=parse_time(method["revoked"]) if "revoked" in method else None,
        expires=parse_time(method["expires"]) if "expires" in method else None,
    )


def controller_document(controller: str, loader: DocumentLoader) -> Document:
    """The document of a did:key, a did:web or an HTTPS controller."""
    if controller.startswith("did:key:"):
        return did_key_document(controller)
    if controller.startswith("did:web:"):
        return loader.load(did_web_url(controller))
    if controller.startswith("https://"):
        return loader.load(controller)
    raise UnsupportedProof(f"this verifier cannot resolve {controller!r}")


def key_problems(proof: Document, method: VerificationMethod, now: datetime) -> list[str]:
    """Why the key was not to be trusted when ``proof`` was made (Controlled Identifiers §2.2).

    A proof without a time counts as made now. Times that cannot be read are a problem too.
    """
    try:
        signed = parse_time(proof["created"]) if "created" in proof else now
        ends = parse_time(proof["expires"]) if "expires" in proof else None
    except MalformedDocument as error:
        return [str(error)]
    problems = []
    if method.revoked is not None and signed >= method.revoked:
        problems.append(f"the key is not to be trusted from {method.revoked.isoformat()} on")
    if method.expires is not None and signed >= method.expires:
        problems.append(f"the key expired on {method.expires.isoformat()}")
    if ends is not None and ends <= now:
        problems.append(f"the proof expired on {ends.isoformat()}")
    if signed > now:
        problems.append(f"the proof is dated {signed.isoformat()}, in the future")
    return problems


def _find(document: Document, url: str) -> dict[str, Any]:
    listed = as_list(document.get("verificationMethod")) + as_list(document.get("assertionMethod"))
    for method in listed:
        if isinstance(method, dict) and method.get("id") == url:
            return method
    raise MalformedDocument(f"the issuer's document does not list {url}")


def _id(item: object) -> object:
    return item.get("id") if isinstance(item, dict) else item
