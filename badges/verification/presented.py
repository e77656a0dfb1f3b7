"""Opening what was handed in: JSON or a JWT, plain or baked into an image.

Sources: Open Badges 3.0 §5; VC Data Model 2.0 §4.13 (enveloped credentials); B1–B4, K4.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

from badges.baking import PLAIN, unbake
from badges.document import Document, as_list, parse_document
from badges.errors import MalformedDocument
from badges.loader import DocumentLoader
from badges.proofs.jws import Jws, is_compact_jws, read_jws
from badges.proofs.vc_jwt import credential_in_jwt

_ENVELOPES = ("data:application/vc+jwt,", "data:application/vp+jwt,", "data:application/jwt,")


@dataclass(frozen=True)
class Presented:
    """A document, the JWS that secures it if one does, and where the two disagree."""

    document: Document
    jws: Jws | None
    contradictions: tuple[str, ...]
    form: str


def present(data: bytes | str, loader: DocumentLoader) -> Presented:
    """What ``data`` holds; an image of Open Badges 2.0 may hold no more than an address.

    Raises MalformedDocument, MalformedProof, UnsupportedProof or UnreachableDocument.
    """
    try:
        content, where = unbake(data.encode() if isinstance(data, str) else data)
        text = content.decode().strip()
    except (UnicodeEncodeError, UnicodeDecodeError) as error:
        raise MalformedDocument(f"not UTF-8: {error}") from None
    if is_compact_jws(text):
        return _in_jws(text, f"a JWT, {where}")
    if where != PLAIN and text.startswith("https://"):
        return present_document(loader.load(text), f"at the address {where}")
    return present_document(parse_document(text), where)


def present_item(item: object) -> Presented:
    """A credential that stands inside another: an object, or a JWT as text. Raises as above."""
    if isinstance(item, str) and is_compact_jws(item):
        return _in_jws(item, "a JWT, inside another credential")
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
        raise MalformedDocument("the envelope holds no JWT that this verifier reads")
    return Presented(document, None, (), f"JSON, one object, {where}")


def _in_jws(text: str, form: str) -> Presented:
    jws = read_jws(text)
    document, contradictions = credential_in_jwt(jws)
    return Presented(document, jws, tuple(contradictions), form)
