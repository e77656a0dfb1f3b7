"""What search engines read of a page: JSON-LD in the words of schema.org."""

from __future__ import annotations

import json
from typing import Any

from markupsafe import Markup


def schema_org(thing: dict[str, Any]) -> Markup:
    """For a ``script`` element of data, which no browser runs: nothing in it can end the element
    (HTML §4.12.1.3)."""
    written = json.dumps({"@context": "https://schema.org", **thing}, ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        written = written.replace(character, f"\\u{ord(character):04x}")
    return Markup(written)  # noqa: S704
