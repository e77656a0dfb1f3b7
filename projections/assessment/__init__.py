"""Submissions: the assessor's queue, the programme manager's, and the educator's list; and who read
their evidence."""

from __future__ import annotations

from projections.assessment import readers, submissions

CAPABILITY = (submissions.PROJECTION, readers.PROJECTION)
"""The read models, in the order in which they are listed."""
