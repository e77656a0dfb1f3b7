"""did:key, did:jwk and did:web identifiers, and the controller documents behind them.

Sources: W3C CCG did:key, did:jwk and did:web methods; Controlled Identifiers 1.0 §2;
requirements D1–D5.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from keys.errors import MalformedDID
from keys.jwk import jwk_of_public_key, public_key_of_jwk, thumbprint
from keys.lifecycle import IssuerKey
from keys.multikey import PublicKey, base64url_decode, decode_public_key, encode_public_key

CONTROLLER_CONTEXTS = [
    "https://www.w3.org/ns/did/v1",
    "https://w3id.org/security/multikey/v1",
    "https://w3id.org/security/jwk/v1",
]
_HOST_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*\.?")
_SPECIFIC_ID = re.compile(r"(?:[A-Za-z0-9._~:-]|%[0-9A-Fa-f]{2})+")  # and ~, which some write


def did_key(key: PublicKey) -> str:
    """``did:key:`` of a public key."""
    return "did:key:" + encode_public_key(key)


def did_key_document(did: str) -> dict[str, Any]:
    """Controller document of a did:key, with one Multikey. Raises MalformedDID, MalformedKey."""
    method, _, multibase = did.rpartition(":")
    if method != "did:key" or not multibase.startswith("z"):
        raise MalformedDID(f"not a did:key: {did!r}")
    decode_public_key(multibase)
    return _self_controlled(did, _multikey(did, multibase))


def did_jwk_document(did: str) -> dict[str, Any]:
    """Controller document of a did:jwk, with its one key ``#0``. MalformedDID, MalformedKey."""
    name, _, encoded = did.rpartition(":")
    if name != "did:jwk":
        raise MalformedDID(f"not a did:jwk: {did!r}")
    try:
        jwk = json.loads(base64url_decode(encoded))
    except (ValueError, RecursionError):
        raise MalformedDID(f"no JWK in {did[:80]!r}") from None
    public_key_of_jwk(jwk)
    method = {"id": f"{did}#0", "type": "JsonWebKey", "controller": did, "publicKeyJwk": jwk}
    return _self_controlled(did, method)


def did_web(base_url: str) -> str:
    """``did:web`` of a base URL: host, port as ``%3A``, path elements after ``:``.

    ``http://localhost:8000`` → ``did:web:localhost%3A8000``. Raises MalformedDID.
    """
    parts = urlsplit(base_url)
    if not parts.hostname or parts.query or parts.fragment:
        raise MalformedDID(f"no did:web for {base_url!r}")
    host = parts.hostname.lower() + (f"%3A{parts.port}" if parts.port else "")
    path = (quote(element, safe="-._") for element in parts.path.strip("/").split("/"))
    elements = [element.replace("~", "%7E") for element in path]  # no character of a DID
    return ":".join(["did:web", host, *filter(None, elements)])


def did_web_url(did: str) -> str:
    """URL of a did:web's document. Raises MalformedDID.

    HTTPS always; plain HTTP for ``localhost``, where nobody can have a certificate.
    """
    prefix, _, rest = did.partition("did:web:")
    if prefix or not rest or not _SPECIFIC_ID.fullmatch(rest):
        raise MalformedDID(f"not a did:web: {did!r}")
    host_port, *elements = (unquote(element) for element in rest.split(":"))
    host, _, port = host_port.lower().partition(":")
    if not _HOST_LABEL.fullmatch(host) or _is_address(host):
        raise MalformedDID(f"did:web needs a host name: {did!r}")
    if port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise MalformedDID(f"bad port in {did!r}")
    if any(not element or "/" in element or element in {".", ".."} for element in elements):
        raise MalformedDID(f"bad path in {did!r}")
    scheme = "http" if host == "localhost" else "https"
    authority = host + (f":{port}" if port else "")
    path = "/".join(quote(element) for element in elements) or ".well-known"
    return f"{scheme}://{authority}/{path}/did.json"


def did_web_document(did: str, keys: Iterable[IssuerKey]) -> dict[str, Any]:
    """Controller document that lists every issuer key, newest first.

    A retired key stays, so that old badges verify; a compromised one stays with ``revoked``,
    so that verifiers refuse what it signed from then on (Controlled Identifiers 1.0 §2.2).
    """
    methods = []
    for key in keys:
        for method in _methods_of(did, key):
            if key.compromised_from is not None:
                method["revoked"] = key.compromised_from.strftime("%Y-%m-%dT%H:%M:%SZ")
            methods.append(method)
    return _controller_document(did, methods)


def jwk_url(did: str, key: PublicKey) -> str:
    """Where a key stands as a JWK in the controller document of ``did``."""
    return f"{did}#{thumbprint(key)}"


def _methods_of(did: str, key: IssuerKey) -> list[dict[str, Any]]:
    """A key as a Multikey; a P-256 one as a JWK too, for verifiers of JWTs (K2)."""
    methods = [_multikey(did, key.id)]
    if key.kind == "P-256":
        jwk = jwk_of_public_key(key.public_key)
        url = jwk_url(did, key.public_key)
        methods.append({"id": url, "type": "JsonWebKey", "controller": did, "publicKeyJwk": jwk})
    return methods


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host.replace(".", "").isdigit()
    return True


def _multikey(did: str, multibase: str) -> dict[str, Any]:
    return {
        "id": f"{did}#{multibase}",
        "type": "Multikey",
        "controller": did,
        "publicKeyMultibase": multibase,
    }


def _self_controlled(did: str, method: dict[str, Any]) -> dict[str, Any]:
    """The document that such a DID stands for: one key, for everything."""
    return {**_controller_document(did, [method]), "authentication": [method["id"]]}


def _controller_document(did: str, methods: list[dict[str, Any]]) -> dict[str, Any]:
    ids = [method["id"] for method in methods]
    return {
        "@context": CONTROLLER_CONTEXTS,
        "id": did,
        "verificationMethod": methods,
        "assertionMethod": ids,
    }
