"""Assessment: submissions and their evidence, assessors and their reviews, holdings."""

from __future__ import annotations

from ledger.assessment import releasing
from ledger.assessment.assessors import Assessor
from ledger.assessment.holdings import Holding
from ledger.assessment.openings import EvidenceOpening, OpenEvidence
from ledger.assessment.promises import due_on
from ledger.assessment.reading import Reading, SubmissionShown, opened_evidence
from ledger.assessment.reviewing import (
    AssignReview,
    ClaimReview,
    DeclareConflict,
    DisqualifyAssessor,
    QualifyAssessor,
    ReassignReview,
    RecordReview,
    ReleaseReview,
    ReviewRecorded,
    StepBack,
)
from ledger.assessment.reviews import Review
from ledger.assessment.submissions import EvidenceItem, Submission
from ledger.assessment.submitting import (
    AddEvidence,
    AppealDecided,
    AppealRefusal,
    DecideAppeal,
    DraftSubmission,
    RoundSubmitted,
    Statement,
    SubmitRound,
    WithdrawSubmission,
    answered,
)
from ledger.capability import Capability

__all__ = [
    "CAPABILITY",
    "AddEvidence",
    "AppealDecided",
    "AppealRefusal",
    "Assessor",
    "AssignReview",
    "ClaimReview",
    "DecideAppeal",
    "DeclareConflict",
    "DisqualifyAssessor",
    "DraftSubmission",
    "EvidenceItem",
    "EvidenceOpening",
    "Holding",
    "OpenEvidence",
    "QualifyAssessor",
    "Reading",
    "ReassignReview",
    "RecordReview",
    "ReleaseReview",
    "Review",
    "ReviewRecorded",
    "RoundSubmitted",
    "Statement",
    "StepBack",
    "Submission",
    "SubmissionShown",
    "SubmitRound",
    "WithdrawSubmission",
    "answered",
    "due_on",
    "opened_evidence",
]

_EDUCATOR = ("educator",)
_ASSESSOR = ("assessor",)
_MANAGER = ("programme-manager",)

CAPABILITY = Capability(
    name="assessment",
    aggregates=(Submission, Review, Assessor, Holding, EvidenceOpening),
    commands=(
        DraftSubmission,
        AddEvidence,
        SubmitRound,
        WithdrawSubmission,
        AppealRefusal,
        DecideAppeal,
        QualifyAssessor,
        DisqualifyAssessor,
        DeclareConflict,
        ClaimReview,
        AssignReview,
        ReassignReview,
        RecordReview,
        StepBack,
        ReleaseReview,
        OpenEvidence,
    ),
    permissions={
        "submission.draft": _EDUCATOR,
        "submission.add-evidence": _EDUCATOR,
        "submission.submit": _EDUCATOR,
        "submission.withdraw": _EDUCATOR,
        "submission.appeal": _EDUCATOR,
        "appeal.decide": _MANAGER,
        "assessor.qualify": _MANAGER,
        "assessor.disqualify": _MANAGER,
        "conflict.declare": _ASSESSOR,
        "review.claim": _ASSESSOR,
        "review.assign": _MANAGER,
        "review.reassign": _MANAGER,
        "review.record": _ASSESSOR,
        "review.recuse": _ASSESSOR,
        "review.release": ("process",),
        "evidence.open": ("assessor", "programme-manager"),
        "submission.read": ("educator", "assessor", "programme-manager"),
        "queue.read": ("assessor", "programme-manager"),
    },
    processes=(releasing.PROCESS,),
    problems={
        "already-qualified": "The assessor is qualified already",
        "already-reviewing": "This assessor is on this round already",
        "award-already-live": "The person holds a live award for this already",
        "bad-media-type": "Not a media type",
        "bad-statement": "The statement is too long or empty",
        "conflict-of-interest": "The assessor declared a conflict of interest",
        "criteria-missing": "Not every criterion is scored",
        "enough-assessors": "This round has all its assessors",
        "evidence-empty": "There is nothing in this evidence",
        "evidence-too-large": "This evidence is too large",
        "feedback-missing": "A criterion below the bar needs feedback",
        "not-an-assessor": "The person is not an assessor",
        "not-attested": "The attestation was not affirmed",
        "not-qualified": "The assessor is not qualified for this",
        "nothing-to-take": "Nothing of this is left for you now",
        "own-work": "An assessor cannot review their own work",
        "parts-missing": "Parts of the submission are missing",
        "review-closed": "The review is closed",
        "still-an-assessor": "The assessor may review this as before",
        "too-many-conflicts": "So many conflicts of interest need a programme manager",
        "superseded": "A later award took its place",
        "unknown-criterion": "Not a criterion of this rubric",
        "unknown-level": "Not a level of this criterion",
        "was-on-the-panel": "The appeal goes to somebody else",
        "wrong-state": "The submission is in another state",
        "competency-not-demonstrated": "Nothing accepted to award",
    },
)
