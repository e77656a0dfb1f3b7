"""Writing a micro-credential: /micro-credentials/new and /micro-credentials/{micro}/draft."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from api.http.auth import App
from api.web.catalogue.draft_form import MOST, DraftForm, field_of
from api.web.catalogue.whose import Manager, owned
from api.web.forms import FromForm, Problems
from api.web.language import message, say
from api.web.pages import page, see_other
from api.web.visitor import SignedInVisitor
from api.wiring import Testamur
from ledger.catalogue import (
    DefineMicroCredential,
    Definition,
    MicroCredential,
    ReviseMicroCredential,
)
from ledger.errors import LedgerError
from projections.people import organizations

router = APIRouter(prefix="/micro-credentials")


@router.get("/new")
def new(request: Request, app: App, visitor: Manager) -> Response:
    """An empty form."""
    return _shown(request, app, visitor, None, DraftForm.empty(), Problems(), {})


@router.post("/new")
def define(request: Request, app: App, visitor: Manager, form: FromForm) -> Response:
    """Add or take away a row; or write the first draft."""
    draft = DraftForm.sent(form)
    kept = {"owner": form.text("owner")}
    if draft.act(form.text("do")):
        return _shown(request, app, visitor, None, draft, Problems(), kept)
    try:
        definition = Definition.model_validate(draft.values(None))
        values = {"owner": kept["owner"], "definition": definition}
        made = app.bus.execute(form.asked, DefineMicroCredential.model_validate(values))
    except (LedgerError, ValidationError) as error:
        problems = _problems(request, error)
        return _shown(request, app, visitor, None, draft, problems, kept)
    return see_other(request, f"/micro-credentials/{made.id}", say(request, _WRITTEN))


@router.get("/{micro}/draft")
def draft_of(request: Request, app: App, visitor: Manager, micro: UUID) -> Response:
    """The draft; where there is none, one that begins with the newest version."""
    found = owned(app, visitor, micro)
    return _shown(request, app, visitor, found, DraftForm.of(_base(found)), Problems(), {})


@router.post("/{micro}/draft")
def revise(request: Request, app: App, visitor: Manager, form: FromForm, micro: UUID) -> Response:
    """Add or take away a row; or write the draft."""
    found, draft = owned(app, visitor, micro), DraftForm.sent(form)
    seen = {"version": form.text("_version")}
    if draft.act(form.text("do")):
        return _shown(request, app, visitor, found, draft, Problems(), seen)
    try:
        definition = Definition.model_validate(draft.values(_base(found)))
        command = ReviseMicroCredential(micro_credential=micro, definition=definition)
        app.bus.execute(form.asked, command)
    except (LedgerError, ValidationError) as error:
        return _shown(request, app, visitor, found, draft, _problems(request, error), {})
    return see_other(request, f"/micro-credentials/{micro}", say(request, _WRITTEN))


def _base(found: MicroCredential) -> Definition:
    return found.draft or found.versions[len(found.versions)]


def _problems(request: Request, error: LedgerError | ValidationError) -> Problems:
    """What is wrong, beside the field that it is wrong with."""
    problems = Problems.from_error(request, error, place=field_of)
    if isinstance(error, ValidationError):
        for item in error.errors():
            if item["type"] == "value_error" and not isinstance(_cause(item), LedgerError):
                place = field_of(item["loc"])
                problems.found = [each for each in problems.found if each[0] != place]
                problems.add(place, say(request, _TWINS if "two of" in item["msg"] else _NO_LEVEL))
    return problems


def _cause(item: Any) -> object:
    return item.get("ctx", {}).get("error")


def _shown(
    request: Request,
    app: Testamur,
    visitor: SignedInVisitor,
    found: MicroCredential | None,
    draft: DraftForm,
    problems: Problems,
    kept: dict[str, str],
) -> Response:
    with app.views.reading("organizations") as connection:
        units = organizations.tree(connection)
    return page(
        request,
        "catalogue/authoring/draft.html",
        {
            "micro": found,
            "version": kept.get("version") or (found.version if found else None),
            "owner": kept.get("owner", str(visitor.unit)),
            "owners": organizations.within(units, str(visitor.unit)),
            "draft": draft,
            "most": MOST,
            "problems": problems,
        },
        problems.status,
    )


_WRITTEN = message("The draft is kept. Nobody else sees it before it is published.")
_TWINS = message("Two of these are the same.")
_NO_LEVEL = message("Choose which level is asked for.")
