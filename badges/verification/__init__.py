"""Verification: is it authentic (verifier), and do we know who says so (policy)?"""

from badges.verification.policy import IssuerPolicy
from badges.verification.report import TITLES, Check, Outcome, VerificationReport
from badges.verification.verifier import Verifier

__all__ = ["TITLES", "Check", "IssuerPolicy", "Outcome", "VerificationReport", "Verifier"]
