"""``testamur badge`` and ``testamur verify``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from api.artefacts import Form, Proof
from api.canonicalizers import Canonicalizers
from api.checking import Checking, Question
from api.cli.naming import Award, award_named
from api.cli.terminal import AsJson, Home, print_json, print_report
from api.deadline import Deadline
from api.fetch import GuardedFetcher
from api.reading import Reading
from api.registry import issuer_policy, read_registry
from api.settings import load_settings
from api.verifying import SECONDS, Bounds, FolderDocuments
from api.wiring import Testamur, system_clock
from badges.errors import UnreachableDocument
from badges.loader import DocumentLoader
from badges.verification import IssuerPolicy, VerificationReport, Verifier
from ledger.transparency import Receipt, VerifierKey

LARGEST_FILE = 10 * 1024 * 1024


def badge(
    award: Award,
    format: Annotated[Form, typer.Option(help="The artefact's form.")] = "json",  # noqa: A002
    proof: Annotated[
        Proof | None, typer.Option(help="How it is secured; else as issued, or ES256 for a JWT.")
    ] = None,
    output: Annotated[Path | None, typer.Option("-o", help="The file to write.")] = None,
    home: Home = None,
) -> None:
    """Write an award's badge, to a file or to standard output."""
    chosen: Proof = proof or ("ES256" if format == "jwt" else "eddsa-rdfc-2022")
    is_jwt = chosen in ("ES256", "EdDSA")
    if (format == "json" and is_jwt) or (format == "jwt" and not is_jwt):
        raise typer.BadParameter(f"{chosen} does not make a {format}")
    with Testamur.open(load_settings(home)) as app:
        data = app.publishing.artefact(award_named(app, award), format, chosen)
    if data is None:
        raise UnreachableDocument("this person's data was erased; the ledger has the badge no more")
    if output is None:
        sys.stdout.buffer.write(data + (b"\n" if format in ("json", "jwt") else b""))
    else:
        output.write_bytes(data)


def verify(
    files: Annotated[list[str], typer.Argument(help="Files or https addresses of badges.")],
    recipient: Annotated[
        str | None,
        typer.Option(help="Whose it should be: an e-mail address, or another identity."),
    ] = None,
    identity_type: Annotated[
        str | None, typer.Option(help="What that identity is (name, sourcedId, …, id).")
    ] = None,
    challenge: Annotated[
        str | None, typer.Option(help="The challenge that a presentation must answer.")
    ] = None,
    domain: Annotated[
        str | None, typer.Option(help="The domain that a presentation must be made for.")
    ] = None,
    offline: Annotated[
        Path | None,
        typer.Option(help="Take issuers' documents from this folder, nothing from the network."),
    ] = None,
    receipt: Annotated[
        Path | None, typer.Option(help="The badge's receipt: is its award in the issuer's log?")
    ] = None,
    log_key: Annotated[str, typer.Option(help="The verifier key of that log.")] = "",
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Verify badges, ours or anyone's.

    Exits 1 if one is not authentic, not in force, or not the person's that was asked about; 3 if
    one could not be checked.
    """
    settings = load_settings(home)
    app = Testamur.open(settings) if settings.key_file.exists() and offline is None else None
    fetcher = GuardedFetcher(settings.is_development)
    bounds = app.bounds if app is not None else Bounds(fetcher, Canonicalizers())
    policy = issuer_policy(read_registry(settings.issuers_file))
    question = Question(
        recipient=recipient,
        identity_type=identity_type,
        challenge=challenge,
        domain=domain,
        receipt=Receipt.parse(receipt.read_bytes()) if receipt is not None else None,
        log=VerifierKey.parse(log_key) if log_key else (app.log.verifier if app else None),
    )
    checking = Checking(
        Reading(bounds.readers),
        lambda end: _verifier(app, bounds, policy, offline, end),
        lambda url, end: _fetched(url, fetcher.within(end) if offline is None else None),
    )
    reports: dict[str, VerificationReport] = {}
    unread: dict[str, str] = {}
    for name in files:
        deadline = Deadline.after(SECONDS)
        try:
            data = _read(name, fetcher.within(deadline) if offline is None else None)
        except (OSError, ValueError) as error:  # a name with a NUL is no name of a file
            unread[name] = str(error)
            continue
        reports[name] = checking.report(data, deadline, question)
    bounds.close()
    if app is not None:
        app.close()
    if as_json:
        found = [{"file": name, **report.document()} for name, report in reports.items()]
        missing = [{"file": name, "error": reason} for name, reason in unread.items()]
        print_json([*found, *missing])
    else:
        for name, report in reports.items():
            print_report(name, report)
    for name, reason in unread.items():
        print(f"testamur: {name}: {reason}", file=sys.stderr)
    answers = {report.answer for report in reports.values()}
    if "not verified" in answers:
        raise typer.Exit(1)
    if unread or "undetermined" in answers:
        raise typer.Exit(3)


def _verifier(
    app: Testamur | None,
    bounds: Bounds,
    policy: IssuerPolicy,
    offline: Path | None,
    deadline: Deadline,
) -> Verifier:
    """For one badge: with this ledger's own documents, or without a ledger."""
    if app is not None:
        return app.verifying.verifier(deadline=deadline)
    others = bounds.fetcher.within(deadline)
    loader: DocumentLoader = FolderDocuments(offline) if offline is not None else others
    return bounds.verifier(system_clock(), loader, deadline, policy)


def _read(name: str, fetcher: GuardedFetcher | None) -> bytes:
    if name.startswith(("http://", "https://")):
        return _fetched(name, fetcher)
    with Path(name).open("rb") as file:
        data = file.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise UnreachableDocument(f"larger than {LARGEST_FILE} bytes")
    return data


def _fetched(url: str, fetcher: GuardedFetcher | None) -> bytes:
    if fetcher is None:
        raise UnreachableDocument("nothing is fetched with --offline")
    return fetcher.fetch(url)
