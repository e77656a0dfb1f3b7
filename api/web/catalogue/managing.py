"""/micro-credentials: those of one's part; one with its versions, its draft seen as the public will
see it, compared, published; a version retired."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import ValidationError

from api.http.auth import App
from api.http.v1.answers import Body
from api.http.v1.catalogue import owned_by
from api.web.catalogue.whose import Manager, owned
from api.web.forms import FromForm, Posted, Problems
from api.web.language import message, say
from api.web.lists import Turned, asked_for
from api.web.pages import page, see_other
from api.web.visitor import SignedInVisitor
from api.wiring import Testamur
from ledger.catalogue import (
    MicroCredential,
    PublishMicroCredential,
    RetireMicroCredential,
    differences,
)
from ledger.errors import LedgerError, NotFound
from projections.catalogue import micro_credentials
from projections.people import organizations

router = APIRouter(prefix="/micro-credentials")


class Filter(Body):
    """Which micro-credentials."""

    state: Literal["draft", "published", "retired"] | None = None


@router.get("")
def listing(request: Request, app: App, visitor: Manager) -> Response:
    """By name."""
    asking, turned = asked_for(Filter, request), Turned.by(request)
    rows = owned_by(
        app, visitor.caller, visitor.unit, asking.state, turned.offset, turned.limit + 1
    )
    with app.views.reading("organizations") as connection:
        units = organizations.tree(connection)
    return page(
        request,
        "catalogue/authoring/list.html",
        {
            "rows": rows[: turned.limit],
            "more": turned.next(turned.offset + len(rows)),
            "turned": turned,
            "asking": asking,
            "units": units,
        },
    )


@router.get("/{micro}")
def one(request: Request, app: App, visitor: Manager, micro: UUID) -> Response:
    """Its draft and its versions."""
    return _shown(request, app, visitor, micro, Problems(), None)


@router.get("/{micro}/preview")
def preview(request: Request, app: App, visitor: Manager, micro: UUID) -> Response:
    """The draft as the public will see it."""
    found = owned(app, visitor, micro)
    if found.draft is None:
        raise NotFound("draft")
    values = {"micro": found, "definition": found.draft, "issuer": app.publishing.issuer_name()}
    return page(request, "catalogue/authoring/preview.html", values)


@router.get("/{micro}/differences")
def compare(
    request: Request,
    app: App,
    visitor: Manager,
    micro: UUID,
    before: int = Query(ge=1, le=10_000),
    after: int | None = Query(default=None, ge=1, le=10_000),
) -> Response:
    """What a later version, or the draft, says otherwise."""
    found = owned(app, visitor, micro)
    later = found.draft if after is None else found.versions.get(after)
    earlier = found.versions.get(before)
    if earlier is None or later is None:
        raise NotFound("version")
    return page(
        request,
        "catalogue/authoring/differences.html",
        {
            "micro": found,
            "name": later.name,
            "before": before,
            "after": after,
            "differences": differences(earlier, later),
        },
    )


@router.post("/{micro}/publish")
def publish(request: Request, app: App, visitor: Manager, form: FromForm, micro: UUID) -> Response:
    """The draft becomes the next version, which never changes again."""
    try:
        app.bus.execute(form.asked, PublishMicroCredential(micro_credential=micro))
    except LedgerError as error:
        problems = Problems.from_error(request, error)
        return _shown(request, app, visitor, micro, problems, form)
    return see_other(request, f"/micro-credentials/{micro}", say(request, _PUBLISHED))


@router.post("/{micro}/retire")
def retire(request: Request, app: App, visitor: Manager, form: FromForm, micro: UUID) -> Response:
    """A version takes no more submissions."""
    try:
        values = {"micro_credential": micro, "number": form.text("number")}
        app.bus.execute(form.asked, RetireMicroCredential.model_validate(values))
    except (LedgerError, ValidationError) as error:
        problems = Problems.from_error(request, error)
        return _shown(request, app, visitor, micro, problems, form)
    return see_other(request, f"/micro-credentials/{micro}", say(request, _RETIRED))


def _shown(
    request: Request,
    app: Testamur,
    visitor: SignedInVisitor,
    micro: UUID,
    problems: Problems,
    kept: Posted | None,
) -> Response:
    found: MicroCredential = owned(app, visitor, micro)
    newest = len(found.versions)
    with app.views.reading("organizations", "micro-credentials") as connection:
        units = organizations.tree(connection)
        versions = micro_credentials.versions_of(connection, str(micro))
    definition = found.versions[newest] if newest else found.draft
    compared = found.draft is not None and newest > 0
    return page(
        request,
        "catalogue/authoring/one.html",
        {
            "micro": found,
            "definition": definition,
            "owner": units[str(found.owner)],
            "versions": versions,
            "newest": newest,
            "otherwise": len(differences(found.versions[newest], found.draft))
            if compared and found.draft
            else None,
            "problems": problems,
            "kept": kept,
        },
        problems.status,
    )


_PUBLISHED = message("It is published. Educators can begin with this version now.")
_RETIRED = message("That version takes no more submissions. What it earned stays.")
