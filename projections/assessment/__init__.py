"""Submissions: the assessor's queue, the programme manager's, and the educator's list."""

from __future__ import annotations

from projections.assessment import submissions

CAPABILITY = (submissions.PROJECTION,)
"""The read models, in the order in which they are listed."""
