"""QR codes of addresses (ISO/IEC 18004:2015), by ``segno``."""

from __future__ import annotations

import io

import segno

from badges.errors import MalformedDocument

_QUIET = 4
"""Modules of paper around the code (§9.1)."""

_DOTS = 10
"""Pixels of a module in the PNG."""

_MOST_CHARACTERS = 600


def qr_svg(address: str) -> str:
    """The code of an address as an SVG, dark on white. Raises MalformedDocument for a long one."""
    out = io.BytesIO()
    _code(address).save(
        out,
        kind="svg",
        border=_QUIET,
        light="#ffffff",
        dark="#14211b",
        xmldecl=False,
        omitsize=True,
    )
    return out.getvalue().decode()


def qr_png(address: str) -> bytes:
    """The code of an address as a PNG. Raises MalformedDocument for a long one."""
    out = io.BytesIO()
    _code(address).save(out, kind="png", border=_QUIET, scale=_DOTS, light="#ffffff")
    return out.getvalue()


def _code(address: str) -> segno.QRCode:
    if len(address) > _MOST_CHARACTERS:
        raise MalformedDocument(f"an address of {len(address)} characters fits into no QR code")
    return segno.make_qr(address, error="q", boost_error=False)
