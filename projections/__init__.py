"""Read models that follow the ledger and can be thrown away and rebuilt.

Each capability's package states its own as ``CAPABILITY``; whoever opens `Views` hands them in.
"""

from projections.batch import Batch
from projections.engine import Views
from projections.follower import Follower
from projections.projection import Projection, unseal, unseal_all

__all__ = ["Batch", "Follower", "Projection", "Views", "unseal", "unseal_all"]
