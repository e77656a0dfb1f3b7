"""Every kind of event as a sentence. ``{who}`` did it; ``{thing}`` is what the event is about; the
others are the event's own fields, names in place of ids."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from babel.dates import format_date
from markupsafe import Markup, escape
from starlette.requests import Request

from api.audit.search import LoggedEvent
from api.web.audit.names import Names
from api.web.language import DATES, language_of, message, say
from api.web.navigation import ROLE_NAMES
from api.web.showing import name
from keys.vault import Sealed

SENTENCES = {
    "assessment.Assessor.Began": message("{person} is known as an assessor."),
    "assessment.Assessor.ConflictDeclared": message(
        "{who} declared a conflict of interest with {educator}."
    ),
    "assessment.Assessor.Disqualified": message(
        "{who} ended the qualification of {person} for {micro_credential}."
    ),
    "assessment.Assessor.Qualified": message("{who} qualified {person} for {micro_credential}."),
    "assessment.EvidenceOpening.EvidenceOpened": message(
        "{reader} opened the evidence {part} of {submission} for the first time."
    ),
    "assessment.Holding.Extended": message("A badge is held for longer."),
    "assessment.Holding.Freed": message("A badge is held no more."),
    "assessment.Holding.Taken": message("{award} is held: it is the only one in force."),
    "assessment.Holding.TakenAgain": message("{award} is held after an earlier one."),
    "assessment.Review.Completed": message("{who} completed {thing}: {verdict}."),
    "assessment.Review.Opened": message("{assessor} took on {submission}, round {round}."),
    "assessment.Review.Recused": message("{thing} was given back."),
    "assessment.Submission.Accepted": message("{thing} was accepted in round {round}."),
    "assessment.Submission.AppealOverturned": message(
        "{who} decided an appeal: {thing} is accepted after all."
    ),
    "assessment.Submission.AppealUpheld": message(
        "{who} decided an appeal: {thing} stays refused."
    ),
    "assessment.Submission.Appealed": message("{who} appealed for {thing}."),
    "assessment.Submission.Awarded": message("A badge was awarded for {thing}."),
    "assessment.Submission.Drafted": message("{educator} began a submission: {micro_credential}."),
    "assessment.Submission.EvidenceAdded": message("{who} added the evidence {part} to {thing}."),
    "assessment.Submission.NotAccepted": message("{thing} was not accepted in round {round}."),
    "assessment.Submission.Returned": message("{thing} was returned after round {round}: not yet."),
    "assessment.Submission.ReviewLeft": message("An assessor gave {thing} back."),
    "assessment.Submission.ReviewOpened": message("{assessor} is to review {thing}."),
    "assessment.Submission.Submitted": message("{who} submitted round {round} of {thing}."),
    "assessment.Submission.VerdictGiven": message("A verdict on {thing}: {verdict}."),
    "assessment.Submission.Withdrawn": message("{who} withdrew {thing}."),
    "awards.AcceptedEndorsements.Accepted": message(
        "{who} accepted an endorsement of {micro_credential}."
    ),
    "awards.AcceptedEndorsements.Began": message("Endorsements of a version can be accepted."),
    "awards.AcceptedEndorsements.Dropped": message(
        "{who} put away an endorsement of {micro_credential}."
    ),
    "awards.Award.Issued": message("{who} issued {thing}."),
    "awards.Award.Reinstated": message("{who} put {thing} in force again."),
    "awards.Award.Renewed": message("{who} renewed {thing}."),
    "awards.Award.Revoked": message("{who} revoked {thing}: {reason}."),
    "awards.Award.Suspended": message("{who} put {thing} on hold: {reason}."),
    "awards.BadgeDigest.Recorded": message("The digest of a badge, for its public receipt."),
    "awards.Endorsement.Issued": message("{who} gave an endorsement for {unit}."),
    "awards.Endorsement.Withdrawn": message("{who} withdrew an endorsement."),
    "awards.ShareLink.Ended": message("{who} ended a private link."),
    "awards.ShareLink.Made": message("{person} made a private link to badges, until {expires}."),
    "awards.StatusSlot.Taken": message("A place in the status list {status_list} was taken."),
    "catalogue.MicroCredential.Defined": message("{who} wrote the first draft of {thing}."),
    "catalogue.MicroCredential.Revised": message("{who} wrote the next draft of {thing}."),
    "catalogue.MicroCredential.VersionPublished": message(
        "{who} published version {number} of {thing}."
    ),
    "catalogue.MicroCredential.VersionRetired": message(
        "{who} retired version {number} of {thing}."
    ),
    "ledger.Clock.PutRight": message("The operator put the clock right: the log was ahead."),
    "ledger.Clock.PutRightAgain": message("The operator put the clock right once more."),
    "ledger.CommandReceipt.Given": message("A receipt, so that what was sent twice is done once."),
    "ledger.Deployment.Founded": message("This ledger was founded at {address}."),
    "ledger.Deployment.Moved": message("This ledger moved to {address}."),
    "ledger.PolicyInForce.Adopted": message("The first edition of the rules was adopted."),
    "ledger.PolicyInForce.Replaced": message("A newer edition of the rules was adopted."),
    "people.AccessToken.Ended": message("{who} ended an access token of {thing}."),
    "people.AccessToken.Issued": message("{person} was given an access token, until {expires}."),
    "people.Account.CredentialAdded": message("{who} added a way to sign in."),
    "people.Account.CredentialRemoved": message("{who} removed a way to sign in."),
    "people.Account.CredentialRenamed": message("{who} renamed a way to sign in."),
    "people.Account.Locked": message("The account of {thing} was locked until {until}."),
    "people.Account.Opened": message("{person} can sign in."),
    "people.Account.Reset": message("{who} reset the account of {thing}."),
    "people.Account.SignedIn": message("{who} signed in."),
    "people.Invitation.Sent": message("{who} invited {person}, until {expires}."),
    "people.Invitation.Used": message("{thing} used an invitation."),
    "people.Invitation.Withdrawn": message("{who} withdrew an invitation of {thing}."),
    "people.Organization.Registered": message("{who} registered {thing}."),
    "people.Person.Began": message("{thing} let themselves in for the first time."),
    "people.Person.Erased": message("A person was forgotten: {ground}."),
    "people.Person.ProfileHidden": message("{thing} hid their public profile."),
    "people.Person.ProfilePublished": message("{thing} showed their public profile."),
    "people.Person.Registered": message("{who} registered {thing} at {home}."),
    "people.Person.RoleGranted": message("{who} gave {thing} the role {role} at {unit}."),
    "people.Person.RoleRevoked": message("{who} took the role {role} at {unit} from {thing}."),
    "people.Proposal.CarriedOut": message("What had been proposed and confirmed was carried out."),
    "people.Proposal.Confirmed": message("{who} confirmed a proposal, due on {due}."),
    "people.Proposal.Made": message("{who} proposed to forget somebody at {unit}."),
    "people.Proposal.Refused": message("{who} refused a proposal."),
    "people.Proposal.Stopped": message("{who} stopped a proposal before it was carried out."),
}
"""By topic. A test finds a kind of event that has none."""

_OTHERWISE = message("{who} recorded something of a kind that this page has no words for.")

CODES = {
    "pass": message("pass"),
    "not-yet": message("not yet"),
    "integrity": message("its integrity is in doubt"),
    "issued-in-error": message("issued in error"),
    "requested-by-holder": message("asked for by its holder"),
    "under-investigation": message("it is being looked into"),
    "requested-by-person": message("they asked for it"),
    "retention-ended": message("it was kept long enough"),
    "no-legal-basis": message("there was no ground to keep it"),
    **ROLE_NAMES,
}
"""Words for the values of closed lists."""

_OF_MACHINES = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-|[0-9A-Za-z_-]{30}")
_PEOPLE = ("person", "educator", "assessor", "reader", "actor")
_UNITS = ("unit", "home", "campus", "owner", "parent", "within", "acting_unit")
_SAID_BY_ALL = {
    *("originator_id", "originator_version", "originator_topic", "timestamp", "actor"),
    *("acting_role", "acting_unit", "command", "command_id", "cause", "inputs", "nonce"),
}


class Telling:
    """Tells events to one reader."""

    def __init__(self, request: Request, names: Names) -> None:
        self._request = request
        self._names = names

    def sentence(self, found: LoggedEvent) -> Markup:
        """What happened."""
        words = SENTENCES.get(found.record.topic, _OTHERWISE)
        told = escape(say(self._request, words)).format_map(_Fields(self, found))
        return Markup(told[:1].upper() + told[1:])  # noqa: S704 - escaped already

    def field(self, field: str, value: Any) -> Markup | None:
        """A field's value in words; None where words would say nothing."""
        if isinstance(value, UUID):
            return self._of_id(field, value)
        if isinstance(value, Sealed):
            return escape(say(self._request, message("sealed: private words, closed here")))
        if isinstance(value, datetime):
            locale = DATES[language_of(self._request)]
            return escape(str(format_date(value.date(), "long", locale)))
        if isinstance(value, bool):
            return escape(say(self._request, message("yes") if value else message("no")))
        if isinstance(value, str) and not _tells(value):
            return None
        if isinstance(value, str):
            return escape(say(self._request, CODES[value])) if value in CODES else name(value)
        if isinstance(value, int):
            return escape(str(value))
        if isinstance(value, dict) and all(_tells(v) for v in value.values()):
            pairs = [Markup("{}: {}").format(name(k), name(v)) for k, v in value.items()]
            return Markup(", ").join(pairs)
        return None

    def fields(self, found: LoggedEvent) -> Iterator[tuple[str, Markup]]:
        """What the event says beside who and when, by the names of its fields."""
        for field, value in sorted(found.event.__dict__.items()):
            if field not in _SAID_BY_ALL and value is not None:
                words = self.field(field, value)
                if words:
                    yield field.replace("_", " "), words

    def _of_id(self, field: str, value: UUID) -> Markup | None:
        if field in _PEOPLE:
            return self._names.person(value)
        if field in _UNITS:
            return self._names.unit(value)
        return self._names.thing(value) or None


def _tells(value: Any) -> bool:
    """Whether a value is words for people: no id, no digest, no document. Those stand in the
    record."""
    return isinstance(value, str) and len(value) <= 300 and not _OF_MACHINES.search(value)


class _Fields(dict[str, Any]):
    """The names in a sentence, found as it asks for them."""

    def __init__(self, telling: Telling, found: LoggedEvent) -> None:
        self._telling = telling
        self._found = found

    def __missing__(self, field: str) -> Markup:
        names, event = self._telling._names, self._found.event
        if field == "who":
            return names.person(getattr(event, "actor", None))
        if field == "thing":
            return names.thing(self._found.record.thing)
        return self._telling.field(field, getattr(event, field, "")) or escape("")
