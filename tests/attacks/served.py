"""A deployment that is served for real, in this process, and servers that never answer."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import uvicorn

from api.cli.operate import server_settings
from api.http.app import create
from tests.world import World


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


@contextmanager
def served(world: World) -> Iterator[int]:
    """The port at which ``world`` is served, with the settings of ``testamur serve``."""
    port = free_port()
    config = uvicorn.Config(
        create(world.app), host="127.0.0.1", port=port, **server_settings("critical")
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield port
    finally:
        server.should_exit = True
        thread.join()


class Silent:
    """Takes connections and what is sent, and answers nothing until it is let go."""

    def __init__(self) -> None:
        self.released = threading.Event()
        self.asked = threading.Semaphore(0)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._hold, args=(connection,), daemon=True).start()

    def _hold(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            self.asked.release()
            self.released.wait(3600)

    def close(self) -> None:
        self.released.set()
        self._listener.close()


def led_to(silent: Silent) -> dict[str, Any]:
    """A badge whose issuer's server does not answer."""
    issuer = f"did:web:localhost%3A{silent.port}"
    return {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        ],
        "id": "urn:uuid:5a3f9c2e-0000-4000-8000-000000000000",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": {"id": issuer, "type": ["Profile"], "name": "Slow"},
        "validFrom": "2026-01-01T00:00:00Z",
        "name": "Slow",
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "id": "did:example:1",
            "achievement": {
                "id": "urn:uuid:5a3f9c2e-0000-4000-8000-000000000001",
                "type": ["Achievement"],
                "name": "Slow",
                "description": "Slow",
                "criteria": {"narrative": "Slow"},
            },
        },
        "proof": {
            "type": "DataIntegrityProof",
            "cryptosuite": "eddsa-rdfc-2022",
            "created": "2026-01-01T00:00:00Z",
            "verificationMethod": f"{issuer}#key",
            "proofPurpose": "assertionMethod",
            "proofValue": "z1",
        },
    }
