"""The commands of the capability `assessment`."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

from api.cli.acting import Token, request_of
from api.cli.terminal import AsJson, Home, print_answer, print_json
from api.http.v1.overview import Asking, submissions_within
from api.settings import load_settings
from api.wiring import Testamur
from ledger.assessment import AssignReview, ReassignReview
from ledger.errors import NotPermitted

_LISTED = 200

app = typer.Typer()
submissions = typer.Typer(
    help="Submissions of one's part, for programme managers.", no_args_is_help=True
)
app.add_typer(submissions, name="submission")

Which = Annotated[UUID, typer.Argument(help="The submission.")]


@submissions.command(name="list")
def list_submissions(
    state: Annotated[str | None, typer.Option(help="Only in this state.")] = None,
    token: Token = "",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """List submissions that wait for somebody, or those in a state; the first 200."""
    asking = Asking.model_validate({"state": state, "waits": state is None})
    with Testamur.open(load_settings(home)) as opened:
        caller = request_of(opened, token).caller
        if caller.unit is None:
            raise NotPermitted("submissions are for programme managers")
        rows = submissions_within(opened, caller, caller.unit, asking, 0, _LISTED)
    if as_json:
        print_json([row.model_dump(mode="json", by_alias=True) for row in rows])
        return
    for row in rows:
        print(f"{row.id}  {row.state:13} since {row.since:%Y-%m-%d}  {len(row.reviews)} open")


@submissions.command()
def assign(
    submission: Which,
    assessor: Annotated[UUID, typer.Argument(help="Who is to review it.")],
    token: Token = "",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Give a submission to an assessor."""
    command = AssignReview(submission=submission, assessor=assessor)
    with Testamur.open(load_settings(home)) as opened:
        answer = opened.bus.execute(request_of(opened, token), command)
    print_answer(answer, as_json, f"Assigned: review {answer.id}.")


@submissions.command()
def reassign(
    submission: Which,
    review: Annotated[UUID, typer.Argument(help="The review that is taken away.")],
    assessor: Annotated[
        UUID | None, typer.Argument(help="Who gets it; without one, it is for anybody.")
    ] = None,
    token: Token = "",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Take a submission from an assessor who has not scored it, and give it to another."""
    command = ReassignReview(submission=submission, review=review, assessor=assessor)
    with Testamur.open(load_settings(home)) as opened:
        answer = opened.bus.execute(request_of(opened, token), command)
    print_answer(answer, as_json, "Reassigned." if assessor else "It is for anybody now.")
