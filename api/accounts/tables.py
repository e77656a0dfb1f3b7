"""Rows of how people let themselves in, which lie in a database that loses nothing."""

from __future__ import annotations

from sqlalchemy import MetaData

tables = MetaData()
"""Of all files of this package."""
