"""What the attacks are tried on: a badge, its issuer, and a deployment that speaks HTTP."""

from tests.api.conftest import Api, api
from tests.badges.conftest import issuer, shelf, unsigned

__all__ = ["Api", "api", "issuer", "shelf", "unsigned"]
