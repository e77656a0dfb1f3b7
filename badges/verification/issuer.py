"""From the key that a proof names to the issuer's key, and whether it may be trusted for it.

Sources: Controlled Identifiers 1.0 §3.3 (retrieve a verification method); P4, D1–D6, K1–K5.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from badges.document import Document, as_list, parse_time
from badges.errors import MalformedDocument, MalformedProof, UnsupportedProof
from badges.loader import DocumentLoader
from keys.did import did_jwk_document, did_key_document, did_web_url
from keys.errors import KeysError
from keys.jwk import public_key_of_jwk
from keys.multikey import PublicKey, decode_public_key


@dataclass(frozen=True)
class VerificationMethod:
    """A key as its controller's document lists it, with the purposes that it lists it for."""

    id: str
    controller: str
    key: PublicKey
    purposes: frozenset[str]
    revoked: datetime | None = None
    expires: datetime | None = None


def resolve_method(url: object, loader: DocumentLoader) -> VerificationMethod:
    """The verification method at ``url``, from its controller's document.

    Raises MalformedProof, MalformedDocument, UnsupportedProof, UnreachableDocument, KeysError.
    """
    if not isinstance(url, str):
        raise MalformedProof(f"verificationMethod {url!r} is not an address")
    controller, hash_sign, _ = url.partition("#")
    if not hash_sign:
        if not url.startswith("did:key:"):
            raise MalformedProof(f"verificationMethod {url!r} names no key within a document")
        url = f"{url}#{url.rpartition(':')[2]}"  # D2: it has one key only
    return listed_method(controller_document(controller, loader), url)


def resolve_jws_key(header: Document, issuer: str, loader: DocumentLoader) -> VerificationMethod:
    """The key of a JWS: the one at ``kid`` (which wins), or the ``jwk`` in the header.

    A ``jwk`` proves nothing of its issuer, so it counts only when the issuer's own document
    lists the same key (K5); a bare JWK or a set of them only at the issuer's own address.
    Raises as ``resolve_method`` does.
    """
    kid = header.get("kid")
    if isinstance(kid, str) and (":" in kid or kid.startswith("#")):
        return _key_at(issuer + kid if kid.startswith("#") else kid, issuer, loader)
    if "jwk" in header:
        key = public_key_of_jwk(header["jwk"])
        for method in _methods(controller_document(issuer, loader), issuer):
            if method.key == key:
                return method
        raise MalformedDocument("the issuer does not list the key that the badge brings along")
    raise MalformedProof("the JWS names no key: neither kid nor jwk")


def controller_document(controller: str, loader: DocumentLoader) -> Document:
    """The document of a did:key, a did:jwk, a did:web or an HTTPS controller."""
    if controller.startswith("did:key:"):
        return did_key_document(controller)
    if controller.startswith("did:jwk:"):
        return did_jwk_document(controller)
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
    except MalformedDocument as error:
        return [str(error)]
    problems = []
    if method.revoked is not None and signed >= method.revoked:
        problems.append(f"the key is not to be trusted from {method.revoked.isoformat()} on")
    if method.expires is not None and signed >= method.expires:
        problems.append(f"the key expired on {method.expires.isoformat()}")
    if signed > now:
        problems.append(f"the proof is dated {signed.isoformat()}, in the future")
    return problems


def _key_at(url: str, issuer: str, loader: DocumentLoader) -> VerificationMethod:
    address, _, fragment = url.partition("#")
    if not address.startswith("https://"):
        return resolve_method(url, loader)
    document = loader.load(address)
    if "keys" not in document and "kty" not in document:
        return listed_method(document, url)
    for jwk in as_list(document.get("keys", document)):
        named = jwk.get("kid") if isinstance(jwk, dict) else None
        if "keys" not in document or named in (url, fragment):
            owner = issuer if _is_at_home(address, issuer) else address
            key = public_key_of_jwk(jwk)
            return VerificationMethod(url, owner, key, frozenset({"assertionMethod"}))
    raise MalformedDocument(f"{address} does not list the key {url}")


def _is_at_home(address: str, issuer: str) -> bool:
    """Whether an address is on the host that the issuer is known by."""
    try:
        home = did_web_url(issuer) if issuer.startswith("did:web:") else issuer
        return urlsplit(address)[:2] == urlsplit(home)[:2]
    except (ValueError, KeysError):
        return False


def listed_method(document: Document, url: str) -> VerificationMethod:
    """The verification method ``url`` as its controller's document lists it.

    Raises MalformedDocument, UnsupportedProof, KeysError.
    """
    controller = url.partition("#")[0]
    if document.get("id") != controller:
        raise MalformedDocument(f"the document of {controller} calls itself {document.get('id')!r}")
    for item in _entries(document):
        if item.get("id") == url:
            return _method(document, controller, item)
    raise MalformedDocument(f"the issuer's document does not list {url}")


def _methods(document: Document, controller: str) -> list[VerificationMethod]:
    """Every key of a controller's document that we can read."""
    if document.get("id") != controller:
        raise MalformedDocument(f"the document of {controller} calls itself {document.get('id')!r}")
    found = []
    for item in _entries(document):
        try:
            found.append(_method(document, controller, item))
        except (KeysError, MalformedDocument, UnsupportedProof):
            continue
    return found


def _entries(document: Document) -> list[dict[str, Any]]:
    listed = as_list(document.get("verificationMethod")) + as_list(document.get("assertionMethod"))
    return [item for item in listed if isinstance(item, dict)]


def _method(document: Document, controller: str, item: dict[str, Any]) -> VerificationMethod:
    url = str(item.get("id"))
    if item.get("controller", controller) != controller:
        raise MalformedDocument(f"{url} has another controller")
    return VerificationMethod(
        id=url,
        controller=controller,
        key=_key(item, url),
        purposes=frozenset(
            purpose
            for purpose in ("assertionMethod", "authentication")
            if any(_id(entry) == url for entry in as_list(document.get(purpose)))
        ),
        revoked=parse_time(item["revoked"]) if "revoked" in item else None,
        expires=parse_time(item["expires"]) if "expires" in item else None,
    )


def _key(item: dict[str, Any], url: str) -> PublicKey:
    multibase = item.get("publicKeyMultibase")
    if isinstance(multibase, str):
        return decode_public_key(multibase)
    if "publicKeyJwk" in item:
        return public_key_of_jwk(item["publicKeyJwk"])
    raise UnsupportedProof(f"{url} is neither a Multikey nor a JWK; we do not know its form")


def _id(item: object) -> object:
    return item.get("id") if isinstance(item, dict) else item
