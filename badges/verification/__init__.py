"""Verification: is it authentic (verifier), and do we know who says so (policy)?"""

from badges.verification.checks import TITLES, Check, Outcome
from badges.verification.policy import IssuerPolicy
from badges.verification.presented import present
from badges.verification.report import VerificationReport
from badges.verification.verdict import Day, Told, Verdict
from badges.verification.verifier import Verifier, not_a_badge, not_had

__all__ = [
    "TITLES",
    "Check",
    "Day",
    "IssuerPolicy",
    "Outcome",
    "Told",
    "Verdict",
    "VerificationReport",
    "Verifier",
    "not_a_badge",
    "not_had",
    "present",
]
