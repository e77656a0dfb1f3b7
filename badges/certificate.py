"""A badge on paper: a PDF/UA-1 with the seal, what was shown, a QR code of the badge's address, and
the signed credential attached, so that whoever has the file can verify it.

Sources: ISO 14289-1 (PDF/UA-1), ISO 32000-1 §7.11.4 (embedded files), by ``typst``. It fetches
nothing, and takes no font but those that are shipped.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import typst
from pydantic.alias_generators import to_camel

from badges.errors import MalformedDocument
from badges.letters import fonts
from badges.qr import qr_svg

_TEMPLATE = Path(__file__).parent / "certificate.typ"


@dataclass(frozen=True)
class Certificate:
    """All that stands on the sheet, in the language ``lang``; and how its file is called.

    ``shown`` is each criterion with the level that was reached, and what was asked for where more
    was reached; ``seal`` an SVG.
    """

    lang: str
    title: str
    kind: str
    issuer: str
    colour: str
    seal: str
    seal_alt: str
    lead: str
    holder: str | None
    bridge: str
    name: str
    description: str
    facts: Sequence[tuple[str, str]]
    shown_heading: str
    shown: Sequence[tuple[str, str, str | None]]
    check_heading: str
    check: str
    address: str
    qr_alt: str
    attached: str
    attached_sentence: str
    made: str
    file: str
    media_type: str


def certificate_pdf(certificate: Certificate, credential: bytes, made: datetime) -> bytes:
    """The certificate with ``credential`` attached. Raises MalformedDocument for words that
    cannot be set.

    A name in letters that our font has not is set in the system's; where that has them neither,
    their places are empty boxes, and the file does not call itself PDF/UA-1.
    """
    words = {to_camel(name): value for name, value in asdict(certificate).items()}
    words["qr"] = qr_svg(certificate.address)
    inputs = {"certificate": json.dumps(words), "credential": credential.decode()}
    attempts: tuple[tuple[typst.Fonts, Literal["ua-1", "1.7"]], ...] = (
        (fonts(system=False), "ua-1"),
        (fonts(system=True), "ua-1"),
        (fonts(system=True), "1.7"),
    )
    for number, (shipped, standard) in enumerate(attempts, start=1):
        try:
            compiled: bytes = typst.compile(
                _TEMPLATE,
                format="pdf",
                font_paths=shipped,
                sys_inputs=inputs,
                pdf_standards=standard,
                timestamp=int(made.timestamp()),
            )
            return compiled
        except RuntimeError as error:
            if number == len(attempts):
                raise MalformedDocument(f"the certificate cannot be set: {error}") from None
    raise AssertionError
