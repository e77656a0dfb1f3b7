"""Read models that follow the log and can be thrown away and rebuilt.

Each capability's package states its own as ``CAPABILITY``; whoever opens `Views` hands them in.
"""

from projections.batch import Batch
from projections.engine import Follower, Projection, Views, unseal

__all__ = ["Batch", "Follower", "Projection", "Views", "unseal"]
