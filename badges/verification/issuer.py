"""From the key that a proof names to the issuer's key, and whether it may be trusted for it.

A key is the issuer's when the document at the issuer's own id lists it, or names its address, for
the purpose; or when the asker knows its address to be the issuer's. That it lies on the issuer's
host proves nothing: a host has many users.
Sources: Controlled Identifiers 1.0 §3.3 (retrieve a verification method); Open Badges 3.0 §8.2
(``kid`` may lead to a bare JWK, and nothing says whose it is); P4, D1–D6, K1–K5.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from badges.document import Document, as_list, parse_time
from badges.errors import (
    BadgesError,
    MalformedDocument,
    MalformedProof,
    UnnamedKey,
    UnreachableDocument,
    UnsupportedProof,
)
from badges.loader import DocumentLoader
from keys.did import did_jwk_document, did_key_document, did_web_url
from keys.errors import KeysError, UnknownKey
from keys.jwk import public_key_of_jwk
from keys.multikey import PublicKey, decode_public_key

KeyAddresses = Callable[[str], Collection[str]]
"""The addresses of keys that the asker knows to be an issuer's, by the issuer's id."""

_ASSERTION = frozenset({"assertionMethod"})


@dataclass(frozen=True)
class VerificationMethod:
    """A key as its controller's document lists it, with the purposes that it lists it for.

    ``controller`` is None for a bare key at an address: nobody says whose it is.
    """

    id: str
    controller: str | None
    key: PublicKey
    purposes: frozenset[str] = frozenset()
    revoked: datetime | None = None
    expires: datetime | None = None


def no_addresses(_issuer: str) -> Collection[str]:
    """Knows of no key but those that issuers name."""
    return ()


@dataclass(frozen=True)
class IssuerKeys:
    """Finds the keys of issuers: in their documents, and by the addresses that are ``known``."""

    loader: DocumentLoader
    known: KeyAddresses = no_addresses

    def method(self, url: object, owner: str, purpose: str) -> VerificationMethod:
        """The verification method at ``url``, by which ``owner`` should have signed.

        Its controller is ``owner`` only where the rule above says so. Raises MalformedProof,
        MalformedDocument, UnsupportedProof, UnreachableDocument, UnnamedKey, KeysError.
        """
        if not isinstance(url, str):
            raise MalformedProof(f"verificationMethod {url!r} is not an address")
        address, hash_sign, _ = url.partition("#")
        if not hash_sign and address.startswith(("did:key:", "did:jwk:")):  # they have one key (D2)
            url += "#0" if address.startswith("did:jwk:") else f"#{address.rpartition(':')[2]}"
        if address == owner:
            found = self._found(url)
            return found if found.controller else replace(found, controller=owner)
        if url in self.known(owner):
            return replace(self._found(url), controller=owner, purposes=_ASSERTION)
        document = self._naming(owner)
        for item in _entries(document):
            if _absolute(item.get("id"), owner) == url:
                return _method(document, owner, item)
        named = url in _references(document, owner, purpose)
        try:
            found = self._found(url)
        except (UnreachableDocument, UnsupportedProof, UnknownKey) as error:
            if named or shared_host(url, owner):
                raise
            raise UnnamedKey(str(error)) from None
        if named:
            return replace(found, controller=owner, purposes=frozenset({purpose}))
        # What a key itself says of its controller is its own word.
        return replace(found, controller=None) if found.controller == owner else found

    def of_jws(self, header: Document, owner: str, purpose: str) -> VerificationMethod:
        """The key of a JWS: the one at ``kid`` (which wins), or the ``jwk`` in the header.

        A ``jwk`` proves nothing of its issuer, so it counts only when it is the same as one that
        is the issuer's (K5). Raises as ``method`` does.
        """
        kid = header.get("kid")
        if isinstance(kid, str) and (":" in kid or kid.startswith("#")):
            return self.method(owner + kid if kid.startswith("#") else kid, owner, purpose)
        if "jwk" in header:
            key = public_key_of_jwk(header["jwk"])
            same = [method for method in self._all(owner, purpose) if method.key == key]
            fit = [method for method in same if purpose in method.purposes] or same
            if not fit:
                raise MalformedDocument("the issuer does not list the key that the badge brings")
            return min(fit, key=lambda method: method.revoked is None)  # listed twice: the worse
        if isinstance(kid, str) and kid:  # VC Data Model 1.1 §6.3.1: one of the issuer's keys
            return self.method(f"{owner}#{kid}", owner, purpose)
        raise MalformedProof("the JWS names no key: neither kid nor jwk")

    def _all(self, owner: str, purpose: str) -> Iterator[VerificationMethod]:
        """Every key of an issuer that we can read, wherever it lies."""
        document = controller_document(owner, self.loader)
        _refuse_other_name(document, owner)
        own = set()
        for item in _entries(document):
            own.add(str(_absolute(item.get("id"), owner)))
            try:
                yield _method(document, owner, item)
            except (KeysError, MalformedDocument, UnsupportedProof):
                continue
        for url in {*_references(document, owner, purpose), *self.known(owner)} - own:
            try:
                yield self.method(url, owner, purpose)
            except (KeysError, BadgesError):
                continue

    def _naming(self, owner: str) -> Document:
        """The issuer's own document, empty where there is none that could name a key."""
        if not owner.startswith(("did:", "https://")):
            return {}
        try:
            document = controller_document(owner, self.loader)
        except MalformedDocument:
            return {}
        return document if document.get("id") == owner else {}

    def _found(self, url: str) -> VerificationMethod:
        """What lies at ``url``: a key in a controller's document, or a bare one."""
        address, _, fragment = url.partition("#")
        try:
            document = controller_document(address, self.loader)
        except MalformedDocument as error:  # a page about maintenance is no word of the issuer
            raise UnreachableDocument(f"{address} is no document: {error}") from None
        if document.get("id") != address and ("keys" in document or "kty" in document):
            return VerificationMethod(url, None, _bare_key(document, url, fragment), _ASSERTION)
        if (
            not fragment
            and document.get("id") == url
            and isinstance(document.get("controller"), str)
        ):
            return _method({}, document["controller"], document)
        return listed_method(document, url)


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


def listed_method(document: Document, url: str) -> VerificationMethod:
    """The verification method ``url`` as its controller's document lists it.

    Raises MalformedProof, MalformedDocument, UnsupportedProof, KeysError.
    """
    controller, hash_sign, _ = url.partition("#")
    if not hash_sign:
        raise MalformedProof(f"verificationMethod {url!r} names no key within a document")
    _refuse_other_name(document, controller)
    for item in _entries(document):
        if _absolute(item.get("id"), controller) == url:
            return _method(document, controller, item)
    raise MalformedDocument(f"the issuer's document does not list {url}")


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


def undated_key_problems(method: VerificationMethod, now: datetime) -> list[str]:
    """Why the key is not to be trusted for what bears no date that it signed: a JWT.

    What a revoked or expired key signed in its time cannot be told from what it signed later.
    """
    problems = []
    if method.revoked is not None:
        problems.append(f"the key was revoked on {method.revoked.isoformat()}")
    if method.expires is not None and now >= method.expires:
        problems.append(f"the key expired on {method.expires.isoformat()}")
    return problems


def shared_host(url: str, issuer: str) -> str | None:
    """The host of ``url`` if it is the one that the issuer is known by."""
    try:
        home = did_web_url(issuer) if issuer.startswith("did:web:") else issuer
        there, here = urlsplit(url), urlsplit(home)
        same = there.hostname == here.hostname and (there.port or 443) == (here.port or 443)
        return there.hostname if same and there.scheme == here.scheme == "https" else None
    except (ValueError, KeysError):
        return None


def _bare_key(document: Document, url: str, fragment: str) -> PublicKey:
    """The JWK at an address, or the one of a set there that ``url`` names (RFC 7517 §5)."""
    if "keys" not in document:
        return public_key_of_jwk(document)
    keys = [jwk for jwk in as_list(document["keys"]) if isinstance(jwk, dict)]
    names = {url, fragment} if fragment else {url}
    for jwk in keys:
        if jwk.get("kid") in names or (not fragment and len(keys) == 1):
            return public_key_of_jwk(jwk)
    raise MalformedDocument(f"the set of keys there does not list {url}")


def _refuse_other_name(document: Document, controller: str) -> None:
    if document.get("id") != controller:
        raise MalformedDocument(f"the document of {controller} calls itself {document.get('id')!r}")


def _entries(document: Document) -> list[dict[str, Any]]:
    places = ("verificationMethod", "assertionMethod", "authentication")
    listed = [item for place in places for item in as_list(document.get(place))]
    return [item for item in listed if isinstance(item, dict)]


def _references(document: Document, controller: str, purpose: str) -> set[str]:
    """The ids that a controller's document lists for a purpose, by reference or by value."""
    ids = (_absolute(_id(entry), controller) for entry in as_list(document.get(purpose)))
    return {url for url in ids if isinstance(url, str)}


def _method(document: Document, controller: str, item: dict[str, Any]) -> VerificationMethod:
    url = str(_absolute(item.get("id"), controller))
    if _absolute(item.get("controller", controller), controller) != controller:
        raise MalformedDocument(f"{url} has another controller")
    return VerificationMethod(
        id=url,
        controller=controller,
        key=_key(item, url),
        purposes=frozenset(
            purpose
            for purpose in ("assertionMethod", "authentication")
            if url in _references(document, controller, purpose)
        ),
        revoked=_time(item.get("revoked")),
        expires=_time(item.get("expires")),
    )


def _time(text: object) -> datetime | None:
    return None if text is None else parse_time(text)


def _key(item: dict[str, Any], url: str) -> PublicKey:
    """A Multikey, a JWK, or an Ed25519 key as the suites of 2018 and 2020 write it."""
    multibase, base58 = item.get("publicKeyMultibase"), item.get("publicKeyBase58")
    is_ed25519 = str(item.get("type")).startswith("Ed25519VerificationKey")
    if isinstance(multibase, str):
        return decode_public_key(multibase, without_header=is_ed25519)
    if "publicKeyJwk" in item:
        return public_key_of_jwk(item["publicKeyJwk"])
    if isinstance(base58, str) and is_ed25519:
        return decode_public_key("z" + base58, without_header=True)
    raise UnsupportedProof(f"{url} is a key in a form that this verifier does not know")


def _id(item: object) -> object:
    return item.get("id") if isinstance(item, dict) else item


def _absolute(url: object, controller: str) -> object:
    """A controller's document may name its own parts by their fragments (DID Core 1.0 §3.2.2)."""
    is_part = isinstance(url, str) and url.startswith("#")
    return f"{controller.partition('#')[0]}{url}" if is_part else url
