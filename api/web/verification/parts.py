"""The five questions that a verification answers, apart from each other, in words."""

from __future__ import annotations

from typing import Literal, NamedTuple

from api.web.language import message
from badges.verification import Told, VerificationReport

Answer = Literal["yes", "no", "unsure", "open"]

INTACT = message("Is it intact?")
ISSUER = message("By whom, and how do we know?")
PERSON = message("Is it this person's?")
FORCE = message("Is it in force?")
LOG = message("Is it in its issuer's log?")

_WORDS = {
    "intact": message("Nothing was changed since it was signed."),
    "altered": message("Something in it is not what was signed."),
    "unsigned": message("Nobody signed it."),
    "not-proven": message("Who signed it could not be proven."),
    "unread": message("It could not be checked."),
    "known": message("We know this issuer."),
    "by-domain": message("We know who controls the address, not who that is."),
    "matches": message("The address you entered is the one it was awarded to."),
    "other": message("What you entered is not what it was awarded to."),
    "not-asked": message("You did not ask. Enter the address that they use."),
    "not-compared": message("It names its holder in a form that cannot be compared."),
    "nobody": message("It names no holder."),
    "in-force": message("It was not withdrawn, and its time has not ended."),
    "no-status": message("Its time has not ended; its issuer keeps no list of what it withdrew."),
    "revoked": message("Its issuer withdrew it."),
    "suspended": message("Its issuer has put it on hold."),
    "expired": message("Its time has ended."),
    "not-yet": message("It holds from a later day."),
    "status-unknown": message("Whether its issuer withdrew it could not be found out."),
    "in-log": message("Its issuer's public log has it."),
    "not-in-log": message("Its issuer's public log does not have it."),
    "log-unknown": message("There is a receipt, of a log that we do not know."),
    "no-receipt": message("No receipt was handed in. Many issuers keep no log."),
}


class Part(NamedTuple):
    """One question with its answer; ``words`` and what a check told besides, if it did."""

    question: str
    answer: Answer
    words: str
    told: Told | None = None
    detail: str = ""


def parts(report: VerificationReport, said: str) -> list[Part]:
    """The questions, in their order. ``said`` is the verdict that stands above them."""
    force = _part(FORCE, "no", "revoked") if said == "revoked" else _force(report)
    return [_intact(report), _issuer(report), _person(report), force, _log(report)]


def _part(question: str, answer: Answer, key: str, told: Told | None = None) -> Part:
    return Part(question, answer, _WORDS[key], told)


def _intact(report: VerificationReport) -> Part:
    signature = report.statuses.get("proof.signature")
    if report.outcome == "unsigned":
        return _part(INTACT, "no", "unsigned")
    if signature == "passed":
        return _part(INTACT, "yes", "intact")
    return _part(INTACT, *(("no", "altered") if signature == "failed" else ("open", "unread")))


def _issuer(report: VerificationReport) -> Part:
    told = report.issued_by
    recognized = report.statuses.get("issuer.recognized")
    proven = all(
        report.statuses.get(name) == "passed"
        for name in ("issuer.resolve", "proof.signature", "proof.purpose", "key.validity")
    )
    if not proven:
        forged = report.outcome in ("forged", "unsigned")
        return _part(ISSUER, "no" if forged else "open", "not-proven", told)
    if recognized == "passed":
        return _part(ISSUER, "yes", "known", told)
    return _part(ISSUER, "unsure", "by-domain", told)


def _person(report: VerificationReport) -> Part:
    identity = report.identity
    if report.awarded_to is None and identity == "not-asked":
        return _part(PERSON, "open", "nobody")
    answers: dict[str, Answer] = {"matches": "yes", "other": "no", "not-asked": "unsure"}
    return _part(PERSON, answers.get(identity, "open"), identity)


def _force(report: VerificationReport) -> Part:
    statuses = report.statuses
    for check, key in (
        ("status.revocation", "revoked"),
        ("status.suspension", "suspended"),
        ("dates.valid-until", "expired"),
        ("dates.valid-from", "not-yet"),
    ):
        if statuses.get(check) == "failed":
            part = _part(FORCE, "no" if key == "revoked" else "unsure", key)
            return part._replace(detail=_detail(report, check))
    lists = [statuses.get("status.revocation"), statuses.get("status.suspension")]
    if statuses.get("dates.valid-until") != "passed":
        return _part(FORCE, "open", "unread")
    if "not-reached" in lists:
        return _part(FORCE, "open", "status-unknown")
    return _part(FORCE, "yes", "in-force")


def _log(report: VerificationReport) -> Part:
    status = report.statuses.get("log.inclusion")
    if status is None or status == "not-reached":
        return _part(LOG, "open", "no-receipt")
    found: tuple[Answer, str] = {
        "passed": ("yes", "in-log"),
        "failed": ("no", "not-in-log"),
    }.get(status, ("unsure", "log-unknown"))  # type: ignore[assignment]
    return _part(LOG, *found)._replace(detail=_detail(report, "log.inclusion"))


def _detail(report: VerificationReport, check: str) -> str:
    return next((c.detail for c in report.checks if c.id == check), "")
