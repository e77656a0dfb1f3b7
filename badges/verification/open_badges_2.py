"""Open Badges 2.0 assertions, hosted and signed: the badges that people have from before.

Source: Open Badges 2.0, "Implementing", §3 (verification), §4.5 (revocation). Their proof is
weaker than a credential's: a hosted assertion is as good as its host is now, which the report
says. Open Badges 1 is refused with that reason.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from badges.document import Document, as_list, parse_iso_time
from badges.errors import BadgesError, MalformedDocument, MalformedProof, UnreachableDocument
from badges.identity import assertion_recipient
from badges.loader import DocumentLoader
from badges.proofs.jws import Jws, verify_jws
from badges.summary import recipient_summary
from badges.verification.policy import Question
from badges.verification.presented import Presented
from badges.verification.recipient import check_recipient
from badges.verification.report import Findings
from badges.verification.status import same_id
from keys.multikey import PublicKey

CONTEXT = "https://w3id.org/openbadges/v2"
_HOSTED = {"hosted", "HostedBadge"}
_SIGNED = {"signed", "SignedBadge"}


def is_assertion(document: Document) -> bool:
    """Whether the document is an Open Badges 1 or 2 assertion."""
    contexts = as_list(document.get("@context"))
    if not document.keys().isdisjoint({"issuer", "credentialSubject", "proof"}):
        return False  # words of a credential, which no check of an assertion would vouch for
    if contexts and str(contexts[0]).startswith("https://w3id.org/openbadges/v"):
        return "Assertion" in as_list(document.get("type"))
    return not contexts and {"uid", "recipient", "badge", "verify"} <= document.keys()


def issuer_of(document: Document, loader: DocumentLoader) -> str | None:
    """The id of the issuer whose badge class the assertion names, if that can be found."""
    try:
        return str(_Chain(document, loader).issuer["id"])
    except (BadgesError, KeyError):
        return None


def check(
    findings: Findings,
    shown: Presented,
    question: Question,
    loader: DocumentLoader,
    now: datetime,
) -> None:
    """Every check that such an assertion allows."""
    document = shown.document
    if CONTEXT not in as_list(document.get("@context")):
        words = "an Open Badges 1 assertion; this verifier checks versions 2 and 3"
        findings.say("document.context", "not-reached", words, "unsupported")
        return
    findings.say("document.context", "passed", "Open Badges 2.0")
    if not findings.judge("document.schema", _problems(document), "an Assertion", "malformed"):
        return
    _check_dates(findings, document, now)
    _check_issuer(findings, shown, loader)
    stated = assertion_recipient(document["recipient"])
    recipients = [stated] if stated else []
    findings.names |= recipient_summary(recipients)
    check_recipient(findings, recipients, question)


def _check_issuer(findings: Findings, shown: Presented, loader: DocumentLoader) -> None:
    document = shown.document
    try:
        chain = _Chain(document, loader)
    except UnreachableDocument as error:
        words = f"could not reach the issuer: {error}"
        findings.say("issuer.resolve", "not-reached", words, "issuer-unreachable")
        return
    except BadgesError as error:
        findings.say("issuer.resolve", "failed", str(error), "malformed")
        return
    findings.say("issuer.resolve", "passed", chain.issuer["id"])
    named = {
        "achievement": chain.badge.get("name"),
        "issuer": chain.issuer.get("name"),
        "issuerId": chain.issuer["id"],
    }
    findings.names |= {key: name for key, name in named.items() if isinstance(name, str)}
    findings.say("status.suspension", "passed", "Open Badges 2.0 has no suspension")
    if _way(document["verification"]) == "signed":
        _check_signed(findings, document, shown.jws, chain, loader)
    else:
        _check_hosted(findings, document, chain, loader)


class _Chain:
    """An assertion's badge class and issuer, each from its own address."""

    def __init__(self, document: Document, loader: DocumentLoader) -> None:
        self.badge = _at_its_address(document.get("badge"), loader, "BadgeClass")
        self.issuer = _at_its_address(self.badge.get("issuer"), loader, None)


def _at_its_address(value: object, loader: DocumentLoader, kind: str | None) -> Document:
    """What is embedded is somebody's copy: what counts lies at its own id."""
    url = value.get("id") if isinstance(value, dict) else value
    if not isinstance(url, str):
        raise MalformedDocument("the badge class or its issuer has no address")
    document = loader.load(url)
    if document.get("id") != url or (kind and kind not in as_list(document.get("type"))):
        raise MalformedDocument(f"{url} is not what the assertion takes it for")
    return document


def _problems(document: Document) -> list[str]:
    recipient, proof = document.get("recipient"), document.get("verification")
    problems = []
    if not isinstance(document.get("id"), str):
        problems.append("the assertion has no id")
    if not isinstance(recipient, dict) or not isinstance(recipient.get("identity"), str):
        problems.append("the assertion names no recipient")
    if _way(proof) is None:
        problems.append("verification is neither hosted nor signed")
    if "badge" not in document:
        problems.append("the assertion has no badge class")
    return problems


def _way(proof: object) -> str | None:
    """How the assertion is to be verified; its ``type`` may be an array with other types."""
    kinds = as_list(proof.get("type")) if isinstance(proof, dict) else []
    ways = [
        way
        for way, names in (("hosted", _HOSTED), ("signed", _SIGNED))
        if any(isinstance(kind, str) and kind in names for kind in kinds)
    ]
    return ways[0] if len(ways) == 1 else None


def _check_dates(findings: Findings, document: Document, now: datetime) -> None:
    for name, member, late in (
        ("dates.valid-from", "issuedOn", False),
        ("dates.valid-until", "expires", True),
    ):
        text = document.get(member)
        try:
            passed = (parse_iso_time(text) <= now) is not late if text is not None else late
        except MalformedDocument as error:
            findings.say(name, "failed", str(error), "malformed")
            continue
        words = f"{member} {text}" if text is not None else f"{member} is not set"
        outcome = "verified" if passed else "expired" if late else "not-yet-valid"
        findings.say(name, "passed" if passed else "failed", words, outcome)  # type: ignore[arg-type]


def _check_hosted(
    findings: Findings, document: Document, chain: _Chain, loader: DocumentLoader
) -> None:
    """What the issuer's host serves now must be what is at hand."""
    url = document["id"]
    try:
        hosted = loader.load(url)
    except UnreachableDocument as error:
        findings.say("proof.signature", "not-reached", str(error), "issuer-unreachable")
        return
    except MalformedDocument as error:
        findings.say("proof.signature", "failed", str(error), "malformed")
        return
    if hosted.get("id") == url and hosted.get("revoked") is True:
        reason = hosted.get("revocationReason", "its host says so")
        findings.say("status.revocation", "failed", f"revoked: {reason}", "revoked")
    else:
        findings.say("status.revocation", "passed", "its host does not call it revoked")
        same = hosted == document
        findings.say(
            "proof.signature",
            "passed" if same else "failed",
            f"hosted: {url} {'serves the same' if same else 'serves something else'}",
            "verified" if same else "altered",
        )
    outside = [item for item in (url, chain.badge["id"]) if not _in_scope(item, chain.issuer)]
    problems = [f"{item} is not among the issuer's addresses" for item in outside]
    findings.judge("proof.purpose", problems, "at the issuer's own address", "forged")
    findings.say("key.validity", "passed", "a hosted assertion has no key")


def _in_scope(url: str, issuer: Document) -> bool:
    """Whether an assertion may be hosted there ("verification" of the issuer's profile)."""
    policy = issuer.get("verification")
    policy = policy if isinstance(policy, dict) else {}
    starts = [start for start in as_list(policy.get("startsWith")) if isinstance(start, str)]
    try:
        parts = urlsplit(url)
        # "https://uni.example" is not where "https://uni.example.evil.org" starts.
        near = [start for start in starts if urlsplit(start).netloc == parts.netloc]
        hosts = as_list(policy.get("allowedOrigins")) or [urlsplit(issuer["id"]).netloc]
    except ValueError:
        return False
    if starts:
        return any(url.startswith(start) for start in near)
    return parts.scheme == "https" and parts.netloc in hosts


def _check_signed(
    findings: Findings, document: Document, jws: Jws | None, chain: _Chain, loader: DocumentLoader
) -> None:
    if jws is None:
        words = "the assertion says that it is signed, and comes without a signature"
        findings.say("proof.signature", "failed", words, "malformed")
        return
    creator = document["verification"].get("creator", chain.issuer.get("publicKey"))
    creator = creator.get("id") if isinstance(creator, dict) else creator

    def signature() -> bool:
        if not isinstance(creator, str):
            raise MalformedProof("the assertion names no key, and neither does its issuer")
        document = loader.load(creator)
        own = [
            item.get("id") if isinstance(item, dict) else item
            for item in as_list(chain.issuer.get("publicKey"))
        ]
        problems = []
        if document.get("id") != creator or document.get("owner") != chain.issuer["id"]:
            problems.append("the key is not the issuer's")
        if creator not in own:
            problems.append("the issuer does not list this key")
        findings.judge("proof.purpose", problems, "a key of the issuer", "forged")
        return verify_jws(jws, _pem_key(document.get("publicKeyPem")))

    genuine = _asked(findings, "proof.signature", signature)
    if genuine is not None:
        words = f"{jws.algorithm}" if genuine else "the signature does not fit"
        status, outcome = ("passed", "verified") if genuine else ("failed", "altered")
        findings.say("proof.signature", status, words, outcome)  # type: ignore[arg-type]
    findings.say("key.validity", "passed", "Open Badges 2.0 keys have no dates")
    listed = _asked(findings, "status.revocation", lambda: _revocation(document, chain, loader))
    if listed is not None:
        status, outcome = ("failed", "revoked") if listed else ("passed", "verified")
        words = listed or "the issuer does not list it as revoked"
        findings.say("status.revocation", status, words, outcome)  # type: ignore[arg-type]


def _asked(findings: Findings, name: str, ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except UnreachableDocument as error:
        findings.say(name, "not-reached", str(error), "issuer-unreachable")
    except BadgesError as error:
        findings.say(name, "failed", str(error), "malformed")
    return None


def _revocation(document: Document, chain: _Chain, loader: DocumentLoader) -> str:
    """Why the assertion is on its issuer's revocation list; empty when it is not."""
    url = chain.issuer.get("revocationList")
    if not isinstance(url, str):
        return ""
    listed = loader.load(url).get("revokedAssertions")
    if listed is None:
        raise UnreachableDocument(f"what lies at {url} is no revocation list")
    unread = False
    for item in as_list(listed):
        known = item if isinstance(item, dict) else {"id": item}
        names = [known[name] for name in ("id", "uid") if isinstance(known.get(name), str)]
        unread = unread or not names
        if any(same_id(name, document["id"]) for name in names):
            return f"revoked: {known.get('revocationReason', 'no reason is given')}"
    if unread:
        raise UnreachableDocument(f"{url} lists something that names no assertion")
    return ""


def _pem_key(pem: object) -> PublicKey:
    try:
        key = load_pem_public_key(str(pem).encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise MalformedProof(f"the issuer's key cannot be read: {error}") from None
    if isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey):
        return key
    raise MalformedProof("the issuer's key is of a kind that signs nothing here")
