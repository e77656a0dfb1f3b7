"""``testamur award``, ``renew`` and ``revoke``."""

from __future__ import annotations

from typing import Annotated, get_args
from uuid import UUID

import typer

from api.cli.acting import Token, request_of
from api.cli.naming import Award as Named
from api.cli.naming import award_named
from api.cli.terminal import AsJson, Home, print_answer
from api.settings import load_settings
from api.wiring import Testamur
from ledger.awards import (
    IssueAward,
    Reason,
    ReinstateAward,
    RenewAward,
    RevokeAward,
    SuspendAward,
)

_REASONS = get_args(Reason)


def _reason(text: str) -> str:
    if text not in _REASONS:
        raise typer.BadParameter(f"{text!r} is none of {', '.join(_REASONS)}")
    return text


Why = Annotated[str, typer.Option(help=f"One of {', '.join(_REASONS)}.", callback=_reason)]


def award(
    submission: Annotated[UUID, typer.Argument(help="An accepted submission.")],
    token: Token = "",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Award an accepted submission."""
    with Testamur.open(load_settings(home)) as app:
        answer = app.bus.execute(request_of(app, token), IssueAward(submission=submission))
        badge = app.site.badge(answer.id)
    print_answer(answer, as_json, f"Awarded: {badge}", badge=badge)


def renew(
    award: Named,
    note: Annotated[str, typer.Option(help="On what ground, in words; kept sealed.")],
    token: Token = "",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Let an award that ends hold for a further period."""
    with Testamur.open(load_settings(home)) as app:
        command = RenewAward(award=award_named(app, award), note=note)
        answer = app.bus.execute(request_of(app, token), command)
    print_answer(answer, as_json, "Renewed. Its address serves the new version from now on.")


def suspend(
    award: Named,
    reason: Why,
    note: Annotated[str, typer.Option(help="Why, in words; kept sealed.")],
    token: Token = "",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Put an award out of force for now, where its micro-credential allows that."""
    with Testamur.open(load_settings(home)) as app:
        which = award_named(app, award)
        command = SuspendAward.model_validate({"award": which, "reason": reason, "note": note})
        answer = app.bus.execute(request_of(app, token), command)
    print_answer(answer, as_json, "Suspended. Its status list says so from now on.")


def reinstate(
    award: Named,
    note: Annotated[str, typer.Option(help="Why, in words; kept sealed.")],
    token: Token = "",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """End a suspension."""
    with Testamur.open(load_settings(home)) as app:
        command = ReinstateAward(award=award_named(app, award), note=note)
        answer = app.bus.execute(request_of(app, token), command)
    print_answer(answer, as_json, "In force again.")


def revoke(
    award: Named,
    reason: Why,
    note: Annotated[str, typer.Option(help="Why, in words; kept sealed.")],
    token: Token = "",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Revoke an award for good."""
    with Testamur.open(load_settings(home)) as app:
        which = award_named(app, award)
        command = RevokeAward.model_validate({"award": which, "reason": reason, "note": note})
        answer = app.bus.execute(request_of(app, token), command)
    print_answer(answer, as_json, "Revoked. Its status list says so from now on.")
