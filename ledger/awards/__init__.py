"""Awards: the issued credentials, their status, and endorsements."""

from __future__ import annotations

from ledger.awards import following
from ledger.awards.awarding import (
    IssueAward,
    ReinstateAward,
    RenewAward,
    RevokeAward,
    SuspendAward,
    badge_bytes,
)
from ledger.awards.awards import Award, BadgeDigest, Reason
from ledger.awards.badge_form import achievement, reached_level
from ledger.awards.endorsements import AcceptedEndorsements, Endorsement
from ledger.awards.endorsing import (
    AcceptEndorsement,
    DropEndorsement,
    EndorsementAccepted,
    IssueEndorsement,
    WithdrawEndorsement,
    endorsement_bytes,
)
from ledger.awards.issuing import IssuerSigner
from ledger.awards.share_links import ShareLink
from ledger.awards.sharing import EndShareLink, MakeShareLink
from ledger.awards.status_slots import StatusSlot
from ledger.capability import Capability
from ledger.policy import ROLES

__all__ = [
    "CAPABILITY",
    "AcceptEndorsement",
    "AcceptedEndorsements",
    "Award",
    "BadgeDigest",
    "DropEndorsement",
    "EndShareLink",
    "Endorsement",
    "EndorsementAccepted",
    "IssueAward",
    "IssueEndorsement",
    "IssuerSigner",
    "MakeShareLink",
    "Reason",
    "ReinstateAward",
    "RenewAward",
    "RevokeAward",
    "ShareLink",
    "StatusSlot",
    "SuspendAward",
    "WithdrawEndorsement",
    "achievement",
    "badge_bytes",
    "endorsement_bytes",
    "reached_level",
]

_MANAGER = ("programme-manager",)
_EITHER = ("programme-manager", "administrator")

CAPABILITY = Capability(
    name="awards",
    aggregates=(Award, BadgeDigest, StatusSlot, Endorsement, AcceptedEndorsements, ShareLink),
    commands=(
        IssueAward,
        RenewAward,
        SuspendAward,
        ReinstateAward,
        RevokeAward,
        IssueEndorsement,
        WithdrawEndorsement,
        AcceptEndorsement,
        DropEndorsement,
        MakeShareLink,
        EndShareLink,
    ),
    permissions={
        "award.issue": (*_MANAGER, "process"),
        "award.renew": _MANAGER,
        "award.suspend": _EITHER,
        "award.reinstate": _EITHER,
        "award.revoke": _EITHER,
        "award.read": ROLES,
        "endorsement.issue": _EITHER,
        "endorsement.withdraw": _EITHER,
        "endorsement.accept": _MANAGER,
        "endorsement.drop": _MANAGER,
        "link.make": ROLES,
        "link.end": ROLES,
        "register.read": (*_EITHER, "auditor"),
    },
    processes=(following.PROCESS,),
    problems={
        "already-revoked": "The award is revoked already",
        "already-withdrawn": "The endorsement is withdrawn already",
        "awarder-took-part": "Who awards must not have taken part",
        "bad-target": "Nothing that can be endorsed",
        "credential-not-fit": "The badge would not verify, so it was not signed",
        "endorsement-not-verified": "The endorsement does not verify",
        "link-life": "A link cannot live that long",
        "link-over": "The link has ended",
        "link-twice": "A badge is chosen twice",
        "never-ends": "There is nothing to renew",
        "never-in-force": "It would never be in force",
        "not-active": "The award is not active",
        "not-endorsed": "There is no such endorsement",
        "not-suspendable": "This award cannot be suspended",
        "not-suspended": "The award is not suspended",
        "not-this-endorsement": "It endorses something else",
    },
)
