"""Files of ours that pages are made of.

Their addresses name what they hold, so that a browser keeps them for a year and never asks again.
"""

from __future__ import annotations

import re
from functools import cache
from hashlib import sha256
from os import PathLike, stat_result
from pathlib import Path

from fastapi.staticfiles import StaticFiles
from starlette.responses import Response
from starlette.types import Scope

STATIC = Path(__file__).resolve().parent / "static"

_NAMES_ITS_CONTENT = re.compile(r"\.[0-9a-f]{8}\.")


@cache
def static(file: str) -> str:
    """The address of a file of ours, with a digest of what it holds in it."""
    digest = sha256((STATIC / file).read_bytes()).hexdigest()[:12]
    return f"/static/{file}?v={digest}"


class KeptFiles(StaticFiles):
    """Says how long a file may be kept: a year under an address that names its content, else it is
    asked for again each time."""

    def file_response(
        self,
        full_path: str | PathLike[str],
        stat_result: stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        answer = super().file_response(full_path, stat_result, scope, status_code)
        is_named = b"v=" in scope["query_string"] or _NAMES_ITS_CONTENT.search(str(full_path))
        answer.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if is_named else "no-cache"
        )
        # A badge that another site frames has an origin of its own, and may load our fonts.
        answer.headers["Access-Control-Allow-Origin"] = "*"
        return answer
