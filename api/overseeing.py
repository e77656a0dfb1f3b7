"""What an administrator of the whole sees of a deployment: keys, witnesses, what follows the log.

Making and distrusting keys, and naming witnesses, is the operator's, at the command line: whoever
takes over a browser's session must not be able to change by whom the badges of all are signed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from api.registry import read_witnesses
from api.wiring import Testamur
from ledger.context import Caller
from ledger.people import NETWORK_ID
from ledger.value import Value

_LOOKED_AT = 50
"""Checkpoints that are looked through for a witness's newest cosignature."""


class KeySeen(Value):
    id: str
    kind: str
    state: Literal["active", "retired", "compromised"]
    created: datetime
    retired: datetime | None
    compromised_from: datetime | None


class WitnessSeen(Value):
    """``size`` is that of the newest checkpoint that it cosigned, of the last fifty; null where it
    cosigned none of them."""

    name: str
    size: int | None


class ReadModelSeen(Value):
    """``fault`` is why it was set aside; null while it follows the log."""

    name: str
    position: int
    lag: int
    is_rebuilt: bool
    fault: str | None


class SetAsideSeen(Value):
    """An event that a process manager could not answer yet; tried again when it is ``due``."""

    process: str
    position: int
    due: str
    tries: int
    error: str


class DeploymentSeen(Value):
    address: str
    issuer: str
    policy: int
    events: int
    checkpoint: int | None
    signed: datetime | None
    keys: tuple[KeySeen, ...]
    witnesses: tuple[WitnessSeen, ...]
    read_models: tuple[ReadModelSeen, ...]
    set_aside: tuple[SetAsideSeen, ...]


def seen(app: Testamur, who: Caller) -> DeploymentSeen:
    """All of that. Raises NotPermitted for whoever is not an administrator of the whole."""
    app.bus.require(who, "deployment.read", NETWORK_ID)
    newest = app.log.newest(_LOOKED_AT)
    return DeploymentSeen(
        address=app.site.base_url,
        issuer=app.site.issuer,
        policy=app.bus.policy().edition,
        events=app.log.size(),
        checkpoint=newest[0].size if newest else None,
        signed=newest[0].signed if newest else None,
        keys=tuple(
            KeySeen(
                id=key.id,
                kind=key.kind,
                state=key.state,
                created=key.created,
                retired=key.retired,
                compromised_from=key.compromised_from,
            )
            for key in app.keys.issuer_keys()
        ),
        witnesses=tuple(
            WitnessSeen(
                name=witness.name,
                size=next((c.size for c in newest if c.note.signed_by(witness)), None),
            )
            for witness in read_witnesses(app.settings.witnesses_file)
        ),
        read_models=tuple(
            ReadModelSeen(
                name=state.name,
                position=state.position,
                lag=state.lag,
                is_rebuilt=state.is_rebuilt,
                fault=state.fault.error if state.fault else None,
            )
            for state in app.views.states()
        ),
        set_aside=tuple(
            SetAsideSeen(
                process=aside.process,
                position=aside.position,
                due=aside.due,
                tries=aside.tries,
                error=aside.error,
            )
            for aside in app.processes.set_aside()[:100]
        ),
    )
