"""One credential's checks, in the standard's order.

Sources: Open Badges 3.0 §9; VC Data Model 2.0 §7; requirements P4, K4, K5.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from badges.canonical import Canonicalize
from badges.document import Document, as_list, parse_time
from badges.errors import (
    BadgesError,
    MalformedDocument,
    MalformedProof,
    TooMuchWork,
    UnnamedKey,
    UnreachableDocument,
    UnsupportedProof,
)
from badges.proofs.cryptosuites import suite_of
from badges.proofs.data_integrity import earlier_proofs, proofs_of, verify_proof
from badges.proofs.jws import Jws, verify_jws
from badges.proofs.vc_jwt import jwt_times
from badges.summary import issuer_id
from badges.verification.checks import PROOF
from badges.verification.issuer import (
    IssuerKeys,
    VerificationMethod,
    key_problems,
    shared_host,
    undated_key_problems,
)
from badges.verification.presented import Presented
from badges.verification.report import Findings
from badges.verification.schema import context_problems, shape_problems
from keys.errors import KeysError, UnknownKey

_UNNAMED = "a key that the issuer's document does not name"
_ANYONES_CHECKS = ("issuer.resolve", "proof.signature", "key.validity")


def check_document(findings: Findings, shown: Presented, canonicalize: Canonicalize) -> None:
    """Its contexts, and the shape of its type."""
    document = shown.document
    problems = list(context_problems(document))
    if problems or shown.jws is None:  # an embedded proof canonicalizes by itself
        findings.judge("document.context", problems, "in their order", "malformed")
    else:
        check_terms(findings, document, canonicalize)
    findings.judge(
        "document.schema", shape_problems(document), "all members are there", "malformed"
    )


def check_proof(
    findings: Findings,
    shown: Presented,
    owner: str,
    purpose: str,
    keys: IssuerKeys,
    now: datetime,
    canonicalize: Canonicalize,
) -> None:
    """The proof of ``owner``: one good one of a set is enough (E9), and the others are told of."""
    if shown.jws is not None:
        _check_jws(findings, shown, shown.jws, owner, purpose, keys, now)
        return
    if not as_list(shown.document.get("proof")):
        findings.say("proof.signature", "failed", "the document carries no proof", "unsigned")
        return
    try:
        proofs = proofs_of(shown.document)
    except MalformedProof as error:
        findings.say("proof.signature", "failed", str(error), "malformed")
        return
    tried = [Findings() for _ in proofs]
    for found, proof in zip(tried, proofs, strict=True):
        _check_data_integrity(found, shown.document, proof, owner, purpose, keys, now, canonicalize)
    _check_chains(tried, proofs)
    counted = min(range(len(tried)), key=lambda n: (_rank(tried[n], proofs[n]), n))
    if tried[counted].passed(*PROOF):
        tried[counted].proof = proofs[counted]
    findings.take(tried[counted])
    _tell_of_others(findings, tried, counted)


def _rank(found: Findings, proof: Document) -> int:
    """How far a proof is from being good: one that was not reached may be, one of a kind that we
    do not know says nothing beside one that we do."""
    if found.passed(*PROOF) and "dates.valid-until" not in found.found:
        return 0
    if suite_of(proof) is None:
        return 3
    return 2 if found.failed(*found.found) else 1


def _check_chains(tried: list[Findings], proofs: list[Document]) -> None:
    """A proof that builds on others holds only if these do, whosever they are (VC Data Integrity
    1.0 §4.5)."""
    builds_on = {}
    for number, proof in enumerate(proofs):
        with suppress(MalformedProof):  # which its own check has told
            builds_on[number] = [proofs.index(item) for item in earlier_proofs(proof, proofs)]
    held: set[int] = set()
    for _ in proofs:
        for number, earlier in builds_on.items():
            fallen = [n for n in earlier if not tried[n].passed(*_ANYONES_CHECKS)]
            if tried[number].passed(*_ANYONES_CHECKS) and fallen:
                words = f"it builds on proof {fallen[0] + 1}, which "
                if tried[fallen[0]].failed(*_ANYONES_CHECKS):
                    words += "does not hold"
                    tried[number].say("proof.signature", "failed", words, "altered")
                else:
                    words += "could not be checked"
                    tried[number].say("proof.signature", "not-reached", words, "unsupported")
            elif held.issuperset(earlier):
                held.add(number)
    for number in builds_on.keys() - held:
        if tried[number].passed("proof.signature"):
            tried[number].say("proof.signature", "failed", "it builds on itself", "malformed")


def _tell_of_others(findings: Findings, tried: list[Findings], counted: int) -> None:
    """What the proofs came to that did not count: anyone can add one to a set."""
    told = []
    for number, found in enumerate(tried):
        wrong = [words for status, words in found.found.values() if status != "passed"]
        if number != counted and wrong:
            told.append(f"proof {number + 1} of {len(tried)}: {wrong[0]}")
    if told:
        findings.say("proof.others", "warning", "; ".join(told))
    elif len(tried) > 1:
        findings.say("proof.others", "passed", f"all {len(tried)} proofs hold")


def check_dates(findings: Findings, shown: Presented, now: datetime) -> None:
    """From when until when the credential holds; a JWT's own times count as well."""
    document = shown.document
    # The context of VC Data Model 1.1 defines the names of both versions: what is signed counts.
    starts: list[object] = [document.get(name) for name in ("validFrom", "issuanceDate")]
    ends: list[object] = [document.get(name) for name in ("validUntil", "expirationDate")]
    try:
        if shown.jws is not None:
            nbf, exp = jwt_times(shown.jws)
            starts.append(_of_seconds(nbf))
            ends.append(_of_seconds(exp))
    except MalformedDocument as error:
        findings.say("dates.valid-from", "failed", str(error), "malformed")
    else:
        _check_times(findings, "dates.valid-from", starts, lambda time: time <= now)
    if "dates.valid-until" not in findings.found:  # else its proof ended
        _check_times(findings, "dates.valid-until", ends, lambda time: time > now)


def _check_data_integrity(
    findings: Findings,
    document: Document,
    proof: Document,
    owner: str,
    purpose: str,
    keys: IssuerKeys,
    now: datetime,
    canonicalize: Canonicalize,
) -> None:
    if suite_of(proof) is None:
        kind = proof.get("cryptosuite", proof.get("type"))
        words = f"this verifier does not know {kind}"
        findings.say("proof.signature", "not-reached", words, "unsupported")
        return
    try:
        earlier = earlier_proofs(proof, proofs_of(document))
    except MalformedProof as error:
        findings.say("proof.signature", "failed", str(error), "malformed")
        return
    named = proof.get("verificationMethod")
    method = _resolved(findings, lambda: keys.method(named, owner, purpose))
    if method is None:
        return
    stated = proof.get("proofPurpose")
    wrong = [] if stated == purpose else [f"the proof's purpose is {stated!r}"]
    _check_purpose(findings, method, owner, purpose, wrong)
    try:
        genuine = verify_proof(document, proof, method.key, canonicalize, earlier)
    except MalformedDocument as error:
        findings.say("document.context", "failed", str(error), "malformed")
        return
    except UnsupportedProof as error:
        findings.say("proof.signature", "not-reached", str(error), "unsupported")
        return
    except BadgesError as error:
        findings.say("proof.signature", "failed", str(error), "altered")
        return
    suite = str(proof.get("cryptosuite", proof["type"]))
    if _check_signature(findings, genuine, suite):
        signed = f"signed {proof.get('created', 'at no stated time')}"
        findings.judge("key.validity", key_problems(proof, method, now), signed, "forged")
    if "expires" in proof:
        _check_times(findings, "dates.valid-until", [proof["expires"]], lambda time: time > now)
        if findings.passed("dates.valid-until"):
            del findings.found["dates.valid-until"]  # the document may say more


def _check_jws(
    findings: Findings,
    shown: Presented,
    jws: Jws,
    owner: str,
    purpose: str,
    keys: IssuerKeys,
    now: datetime,
) -> None:
    method = _resolved(findings, lambda: keys.of_jws(jws.header, owner, purpose))
    if method is None:
        return
    _check_purpose(findings, method, owner, purpose, [])
    try:
        genuine = verify_jws(jws, method.key)
    except MalformedProof as error:
        findings.say("proof.signature", "failed", str(error), "forged")
        return
    if not _check_signature(findings, genuine, f"{jws.algorithm}, as a JWT"):
        return
    if shown.contradictions:
        words = "; ".join(shown.contradictions)
        findings.say("proof.signature", "failed", f"its claims contradict it: {words}", "malformed")
        return
    problems = undated_key_problems(method, now)
    findings.judge("key.validity", problems, "the issuer lists it now", "forged")


def _resolved(
    findings: Findings, resolve: Callable[[], VerificationMethod]
) -> VerificationMethod | None:
    """The key that the proof names (P4)."""
    name = "issuer.resolve"
    try:
        method = resolve()
    except UnreachableDocument as error:
        words = f"could not reach the issuer: {error}"
        findings.say(name, "not-reached", words, "issuer-unreachable")
    except UnnamedKey as error:
        findings.say(name, "not-reached", f"could not reach the key: {error}", "forged")
        findings.say("proof.purpose", "failed", _UNNAMED, "forged")
    except (UnsupportedProof, UnknownKey) as error:
        findings.say(name, "not-reached", str(error), "unsupported")
    except MalformedProof as error:
        findings.say(name, "failed", str(error), "malformed")
    except (BadgesError, KeysError) as error:
        findings.say(name, "failed", str(error), "forged")
    else:
        findings.say(name, "passed", method.id)
        return method
    return None


def _check_purpose(
    findings: Findings, method: VerificationMethod, owner: str, purpose: str, wrong: list[str]
) -> None:
    problems = list(wrong)
    host = shared_host(method.id, owner) if method.controller is None else None
    if host and not problems:
        words = f"signed by a key found at {host} that this issuer's document does not name"
        findings.say("proof.purpose", "not-reached", words, "key-not-named")
        return
    if method.controller is None:
        problems.append(_UNNAMED)
    elif purpose not in method.purposes:
        problems.append(f"the issuer does not list this key under {purpose}")
    if method.controller not in (None, owner):
        problems.append(f"the key is {method.controller}'s, not the issuer's")
    findings.judge("proof.purpose", problems, f"{purpose} of the issuer", "forged")


def _check_signature(findings: Findings, genuine: bool, how: str) -> bool:
    if genuine:
        findings.say("proof.signature", "passed", how)
    else:
        words = "the signature does not fit: altered, or signed with another key"
        findings.say("proof.signature", "failed", words, "altered")
    return genuine


def _check_times(
    findings: Findings, name: str, stated: list[object], fine: Callable[[datetime], bool]
) -> None:
    limits = [text for text in stated if text is not None]
    if not limits:
        findings.say(name, "passed", "no such limit is set")
        return
    late = name == "dates.valid-until"
    try:
        missed = [text for text in limits if not fine(parse_time(text))]
    except MalformedDocument as error:
        findings.say(name, "failed", str(error), "malformed")
        return
    if missed:
        words = "expired on" if late else "not valid before"
        findings.names["validUntil" if late else "validFrom"] = str(
            missed[0]
        )  # also a proof's, a JWT's
        findings.say(name, "failed", f"{words} {missed[0]}", "expired" if late else "not-yet-valid")
    else:
        findings.say(name, "passed", f"valid {'until' if late else 'from'} {limits[0]}")


def _of_seconds(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    except (OverflowError, ValueError, OSError):
        raise MalformedDocument(f"{seconds} is no time") from None


def check_terms(findings: Findings, document: Document, canonicalize: Canonicalize) -> None:
    """What is wrong with a document's terms; for one without a proof that would tell (E8)."""
    name = "document.context"
    try:
        canonicalize(document)
    except MalformedDocument as error:
        findings.say(name, "failed", str(error), "malformed")
    except TooMuchWork as error:
        findings.say(name, "not-reached", str(error), "unsupported")
    else:
        findings.say(name, "passed", "in their order")


def owner_of(document: Document) -> str | None:
    """Who has to have signed: the issuer, or None when the document names none."""
    try:
        return issuer_id(document)
    except MalformedDocument:
        return None
