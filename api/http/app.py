"""The FastAPI application around one deployment."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from api.accounts.letters import Postman
from api.capabilities import routes
from api.http import errors, v1
from api.http.access_log import keep_queries_out
from api.http.artefacts import health, log
from api.http.auth import WaitingLines
from api.http.description import describe
from api.http.guards import BodyLimit, LastResort, OwnHosts, SafeHeaders
from api.http.v1 import verification
from api.settings import load_settings
from api.uploading import Sweeper
from api.web import audit as audit_pages
from api.web import choosing, home, reference, signin, style, visitor
from api.web import log as log_page
from api.web import verification as verification_pages
from api.web.cookies import Cookies
from api.web.pages import Pages
from api.web.static_files import STATIC, KeptFiles
from api.wiring import Testamur
from projections import Follower
from projections.transparency import Keeper


def application() -> FastAPI:
    """The application for a server process, from the environment's settings."""
    return create(Testamur.open(load_settings()))


def create(testamur: Testamur) -> FastAPI:
    """The application around an open deployment; closes it at shutdown."""

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        seconds = testamur.settings.checkpoint_seconds
        with (
            testamur,
            Follower(testamur.views, testamur.store),
            Follower(testamur.processes, testamur.store),
            Keeper(testamur.log, seconds),
            Postman(testamur.letters),
            Sweeper(testamur.uploading, testamur.clock),
        ):
            yield

    app = FastAPI(
        title="Testamur",
        version="1",
        summary="An event-sourced credential ledger with verifiable Open Badges 3.0",
        lifespan=life,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        openapi_url="/v1/openapi.json",
    )
    keep_queries_out()
    app.state.testamur = testamur
    app.state.lines = WaitingLines()
    app.state.pages = Pages(testamur.site, testamur.settings.zone)
    # The last one is the first that a request meets.
    app.add_middleware(BodyLimit)
    app.add_middleware(LastResort)
    app.add_middleware(Cookies)
    app.add_middleware(OwnHosts, hosts=testamur.settings.hosts | testamur.site.host_names)
    app.add_middleware(SafeHeaders, is_https=testamur.site.base_url.startswith("https:"))
    errors.install(app)
    visitor.install(app)
    _include_all(app)
    describe(app, testamur.site)
    app.mount("/static", KeptFiles(directory=STATIC), name="static")
    return app


def _include_all(app: FastAPI) -> None:
    """The routes of each capability, and of none. No API description lists pages and artefacts."""
    for each in routes().values():
        app.include_router(each.api, prefix=v1.PREFIX)
        app.include_router(each.pages, include_in_schema=False)
        if each.artefacts is not None:
            app.include_router(each.artefacts, include_in_schema=False)
    app.include_router(verification.router, prefix=v1.PREFIX)
    for part in (
        home,
        reference,
        choosing,
        signin,
        style,
        verification_pages,
        audit_pages,
        log_page,
        log,
        health,
    ):
        app.include_router(part.router, include_in_schema=False)
