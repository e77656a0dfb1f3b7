"""The server's log of requests, which says of an address only its path: a query may name people.
Of a private link or an invitation it does not say which."""

from __future__ import annotations

import logging

PRIVATE = ("/shared/", "/invitations/", "/verify/")
"""What follows in such a path is a secret."""

_ACCESS = logging.getLogger("uvicorn.access")


class WithoutQuery(logging.Filter):
    """Takes the query from what uvicorn is about to note: (client, method, path, version, status).

    A record of another form is let go, its text unseen: it is not noted.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if not isinstance(record.args, tuple) or len(record.args) != 5:
            return False
        client, method, path, version, status = record.args
        record.args = (client, method, _plain(str(path)), version, status)
        return True


def _plain(path: str) -> str:
    path = path.partition("?")[0]
    return next((start + "…" for start in PRIVATE if path.startswith(start)), path)


def keep_queries_out() -> None:
    """From now on, in this process."""
    if not any(isinstance(each, WithoutQuery) for each in _ACCESS.filters):
        _ACCESS.addFilter(WithoutQuery())
