"""Page or document? What the Accept header prefers."""

from __future__ import annotations


def wants_page(accept: str) -> bool:
    """Whether HTML is preferred: named, and at least as welcome as any JSON (RFC 9110 §12.5.1)."""
    page = document = 0.0
    for item in accept.split(","):
        kind, *parameters = (part.strip() for part in item.split(";"))
        weight = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip() == "q":
                try:
                    weight = float(value)
                except ValueError:
                    weight = 0.0
        if kind == "text/html":
            page = max(page, weight)
        elif kind.endswith(("json", "application/vc", "jwt")):
            document = max(document, weight)
    return page > 0 and page >= document
