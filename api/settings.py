"""Settings from the environment, prefix ``TESTAMUR_`` (12-factor; design §9)."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from badges.image import Colours
from keys.did import did_web
from ledger.people import RoleWithin
from ledger.store import store_settings


class SettingsError(ValueError):
    """A setting that stops the start; its text is one line for the operator."""


def public_address(url: str) -> str:
    """A base URL without a slash at its end. Raises ValueError for one that cannot be ours."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an http or https URL")
    if parts.scheme == "http" and parts.hostname != "localhost":
        raise ValueError("must be https (plain http is for localhost only)")
    did_web(url)
    return url.rstrip("/")


def _database(url: str) -> str:
    if url:
        store_settings(url)
    return url


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError("must be a time zone, such as America/Chicago") from None
    return name


def _two_colours(text: str) -> str:
    """Raises ValueError for what is not two colours, on which white letters can be read."""
    if text:
        if len(text.split()) != 2:
            raise ValueError("must be two colours, such as #14532d #8a5f00")
        Colours.of_issuer(*text.split())
    return text


def _mail_server(url: SecretStr | None) -> SecretStr | None:
    if url is None or not url.get_secret_value():
        return None
    parts = urlsplit(url.get_secret_value())
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError("must be smtp://HOST:PORT or smtps://HOST:PORT")
    return url


class Settings(BaseSettings):
    """Where things are. Raises SettingsError through :func:`load_settings` only."""

    model_config = SettingsConfigDict(env_prefix="TESTAMUR_", extra="ignore")

    home: Path = Path("var")
    database_url: Annotated[str, AfterValidator(_database)] = ""
    base_url: Annotated[str, AfterValidator(public_address)] = "http://localhost:8000"
    key_passphrase: SecretStr | None = None
    key_passphrase_file: Path | None = None
    log_level: Literal["critical", "error", "warning", "info", "debug"] = "info"
    workers: int = Field(default=1, ge=1, le=64)
    allowed_hosts: str = ""
    least_free_mb: int = Field(default=64, ge=0)
    zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    checkpoint_seconds: float = Field(default=10.0, ge=0.1, le=86400)
    session_idle_minutes: int = Field(default=60, ge=30, le=480)
    session_hours: int = Field(default=12, ge=1, le=24 * 30)
    smtp_url: Annotated[SecretStr | None, AfterValidator(_mail_server)] = None
    mail_from: str = ""
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr | None = None
    oidc_name: str = "your district"
    oidc_roles: dict[str, str] = {}
    oidc_links_by_address: bool = False

    seal_colours: Annotated[str, AfterValidator(_two_colours)] = ""
    linkedin_organization: Annotated[str, Field(pattern="^[0-9]{0,20}$")] = ""

    @property
    def colours(self) -> Colours | None:
        """The issuer's two colours for its seals; None where each badge has some of its own."""
        return Colours.of_issuer(*self.seal_colours.split()) if self.seal_colours else None

    @property
    def oidc_rule(self) -> dict[str, RoleWithin]:
        """The role that each group of the provider means: ``{"GROUP": "ROLE@UNIT"}``.

        Raises SettingsError."""
        try:
            return {
                group: RoleWithin.model_validate({"role": role, "unit": unit})
                for group, (role, _, unit) in (
                    (group, text.partition("@")) for group, text in self.oidc_roles.items()
                )
            }
        except ValidationError:
            raise SettingsError(
                'TESTAMUR_OIDC_ROLES must be like {"GROUP": "ROLE@UNIT-ID"}'
            ) from None

    @property
    def events_url(self) -> str:
        """The event store: SQLite in the home folder unless told otherwise."""
        return self.database_url or f"sqlite:///{self.home / 'testamur.db'}"

    @property
    def events_engine_url(self) -> str:
        """The event store as SQLAlchemy names it."""
        return self.events_url.replace("postgresql://", "postgresql+psycopg://", 1)

    @property
    def views_url(self) -> str:
        """Read models lie beside the events: another SQLite file, or the same server."""
        if self.events_url.startswith("sqlite"):
            return self.events_url.removesuffix(".db") + "-views.db"
        return self.events_engine_url

    @property
    def log_url(self) -> str:
        """The transparency log's tiles and checkpoints, which nothing can make again."""
        if self.events_url.startswith("sqlite"):
            return self.events_url.removesuffix(".db") + "-log.db"
        return self.views_url

    @property
    def access_url(self) -> str:
        """Sessions, and what else people let themselves in by that no event holds."""
        if self.events_url.startswith("sqlite"):
            return self.events_url.removesuffix(".db") + "-access.db"
        return self.views_url

    @property
    def vault_url(self) -> str:
        """Data keys have a database of their own, with its own backups."""
        return f"sqlite:///{self.home / 'vault.db'}"

    @property
    def key_file(self) -> Path:
        return self.home / "keys.json"

    @property
    def issuers_file(self) -> Path:
        """The registry of issuers that we recognise."""
        return self.home / "issuers.json"

    @property
    def witnesses_file(self) -> Path:
        """Verifier keys of the witnesses whose cosignatures we publish, one a line."""
        return self.home / "witnesses"

    @property
    def erasures_file(self) -> Path:
        """Who was erased here: it stays when a backup is restored."""
        return self.home / "erasures"

    @property
    def hosts(self) -> frozenset[str]:
        """The host names that requests may ask for: the public address's, and
        ``allowed_hosts``, separated by commas."""
        more = {host.strip().lower() for host in self.allowed_hosts.split(",")} - {""}
        here = {"localhost", "127.0.0.1", "[::1]"} if self.is_development else set()
        return frozenset({urlsplit(self.base_url).hostname or ""} | more | here)

    @property
    def is_development(self) -> bool:
        """A deployment on localhost may talk to localhost."""
        return urlsplit(self.base_url).hostname == "localhost"

    def passphrase(self) -> str:
        """The key file's passphrase. Raises SettingsError."""
        if self.key_passphrase is not None:
            return self.key_passphrase.get_secret_value()
        path = self.key_passphrase_file or self.home / "passphrase"
        try:
            found = path.read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            words = error.strerror if isinstance(error, OSError) else "it is no text"
            raise SettingsError(
                f"the passphrase of the key file cannot be read from {path}: {words}; put it back, "
                "or give it in TESTAMUR_KEY_PASSPHRASE: no other opens the key file"
            ) from None
        if not found:
            raise SettingsError(f"the passphrase file {path} is empty")
        return found

    def make_passphrase(self) -> None:
        """When a ledger is founded and no passphrase is named, make a file of one (mode 0600), in
        one step. One that is there is kept."""
        path = self.home / "passphrase"
        if self.key_passphrase is not None or self.key_passphrase_file or path.exists():
            return
        draft = path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)


def load_settings(home: Path | None = None) -> Settings:
    """Settings from the environment; ``home`` overrides TESTAMUR_HOME. Raises SettingsError."""
    try:
        return Settings() if home is None else Settings(home=home)
    except ValidationError as error:
        first = error.errors()[0]
        name = "TESTAMUR_" + "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(f"{name}: {first['msg']}") from None
