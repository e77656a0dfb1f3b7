"""Opening what was handed in: JSON or a JWT, plain or baked into an image.

Sources: Open Badges 3.0 §5; VC Data Model 2.0 §4.13 (enveloped credentials); B1–B4, K4.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from badges.baking import PLAIN, unbake
from badges.document import Document, as_list, decoded, parse_document
from badges.errors import MalformedDocument, UnsupportedProof
from badges.loader import DocumentLoader
from badges.proofs.jws import Jws, is_compact_jws, read_jws
from badges.proofs.vc_jwt import credential_in_jwt
from keys.errors import MalformedKey
from keys.multikey import base64url_decode

_ENVELOPES = ("data:application/vc+jwt,", "data:application/vp+jwt,", "data:application/jwt,")
_SD_JWT = re.compile(r"[\w-]+\.[\w-]*\.[\w-]*~[\w~.-]*", re.ASCII)
_JWE = re.compile(r"[\w-]+(\.[\w-]*){4}", re.ASCII)
_BASE64URL = re.compile(r"[\w-]+=*", re.ASCII)


@dataclass(frozen=True)
class Presented:
    """A document, the JWS that secures it if one does, and where the two disagree."""

    document: Document
    jws: Jws | None
    contradictions: tuple[str, ...]
    form: str


def present(data: bytes | str, loader: DocumentLoader, came: str = PLAIN) -> Presented:
    """What ``data`` holds, which ``came`` so; an image of Open Badges 2.0 may hold no more than an
    address.

    Raises MalformedDocument, MalformedProof, UnsupportedProof or UnreachableDocument.
    """
    try:
        content, found = unbake(data.encode() if isinstance(data, str) else data)
        where = came if found == PLAIN else found
        _refuse_other_forms(content)
        text = decoded(content).strip()
    except (UnicodeEncodeError, UnicodeDecodeError):
        raise MalformedDocument("neither a picture nor text in UTF-8") from None
    if is_compact_jws(text):
        return _in_jws(text, f"a JWT, {where}")
    if where != PLAIN and text.startswith("https://"):
        return present_document(loader.load(text), f"at the address {where}")
    return present_document(parse_document(text), where)


def present_item(item: object) -> Presented:
    """A credential that stands inside another: an object, or a JWT as text. Raises as above."""
    if isinstance(item, str) and is_compact_jws(item):
        return _in_jws(item, "a JWT, inside another credential")
    if isinstance(item, str):
        _refuse_other_forms(item.encode())
    if isinstance(item, dict):
        return present_document(item, "inside another credential")
    raise MalformedDocument("neither a credential nor a JWT")


def present_document(document: Document, where: str) -> Presented:
    """A document as it stands, or what it envelops."""
    kinds = as_list(document.get("type"))
    if "EnvelopedVerifiableCredential" in kinds or "EnvelopedVerifiablePresentation" in kinds:
        url = document.get("id")
        for prefix in _ENVELOPES:
            if isinstance(url, str) and url.startswith(prefix):
                return _in_jws(unquote(url.removeprefix(prefix)), f"a JWT in an envelope, {where}")
        if isinstance(url, str) and url.startswith("data:"):
            form = url[5:].partition(",")[0].partition(";")[0][:60] or "text/plain"
            raise UnsupportedProof(f"its envelope holds {form}; that form is not read here yet")
        raise MalformedDocument("the envelope holds no credential")
    return Presented(document, None, (), f"JSON, one object, {where}")


def _refuse_other_forms(content: bytes) -> None:
    """Credentials that others read and we do not: which says nothing about them.

    Sources: RFC 9901 §4 (SD-JWT), RFC 7516 §7.1 (JWE), ISO/IEC 18013-5 §8.3.2.1.2.2 (mdoc),
    Securing VCs using JOSE and COSE §3.2 (COSE). Raises UnsupportedProof.
    """
    text = content.strip()
    if text.isascii():
        if _SD_JWT.fullmatch(text.decode()):
            form = "an SD-JWT"
        elif _JWE.fullmatch(text.decode()):
            form = "an encrypted token (JWE)"
        else:
            form = _form_of_cbor(_unwrapped(text.decode()))
    else:
        form = _form_of_cbor(content)
    if form:
        raise UnsupportedProof(f"it is {form}; that form is not read here yet")


def _unwrapped(text: str) -> bytes:
    """The bytes that base64url text stands for; an mdoc travels so (OpenID4VCI)."""
    try:
        return base64url_decode(text.rstrip("=")) if _BASE64URL.fullmatch(text) else b""
    except MalformedKey:
        return b""


def _form_of_cbor(data: bytes) -> str:
    if data[:1] and data[0] >> 5 == 5 and (b"issuerAuth" in data or b"deviceKeyInfo" in data):
        return "an mdoc (ISO/IEC 18013-5)"
    return "a credential in COSE" if data.startswith((b"\xd2\x84", b"\x84\x43")) else ""


def _in_jws(text: str, form: str) -> Presented:
    jws = read_jws(text)
    document, contradictions = credential_in_jwt(jws)
    return Presented(document, jws, tuple(contradictions), form)
