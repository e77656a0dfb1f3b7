"""The catalogue: micro-credentials in versions, each with its parts and its rubric."""

from __future__ import annotations

from ledger.capability import Capability
from ledger.catalogue.decisions import (
    DefineMicroCredential,
    PublishMicroCredential,
    RetireMicroCredential,
    ReviseMicroCredential,
    VersionPublished,
)
from ledger.catalogue.definition import (
    Creator,
    Criterion,
    Definition,
    FrameworkAlignment,
    Level,
    Part,
)
from ledger.catalogue.differences import Difference, differences
from ledger.catalogue.media import family_of, found_type, refuse_other_media
from ledger.catalogue.micro_credentials import MicroCredential

__all__ = [
    "CAPABILITY",
    "Creator",
    "Criterion",
    "DefineMicroCredential",
    "Definition",
    "Difference",
    "FrameworkAlignment",
    "Level",
    "MicroCredential",
    "Part",
    "PublishMicroCredential",
    "RetireMicroCredential",
    "ReviseMicroCredential",
    "VersionPublished",
    "differences",
    "family_of",
    "found_type",
    "refuse_other_media",
]

_MANAGER = ("programme-manager",)

CAPABILITY = Capability(
    name="catalogue",
    aggregates=(MicroCredential,),
    commands=(
        DefineMicroCredential,
        ReviseMicroCredential,
        PublishMicroCredential,
        RetireMicroCredential,
    ),
    permissions={
        "image.keep": _MANAGER,
        "micro-credential.define": _MANAGER,
        "micro-credential.revise": _MANAGER,
        "micro-credential.publish": _MANAGER,
        "micro-credential.retire": _MANAGER,
    },
    problems={
        "bad-image": "Not a picture that can be used",
        "nothing-to-publish": "There is no draft to publish",
        "version-not-published": "That version was never published",
        "version-retired": "That version takes no more submissions",
    },
    values=(Definition,),
)
