"""Verification: is it authentic (verifier), and do we know who says so (policy)?"""

from badges.verification.policy import IssuerPolicy
from badges.verification.report import Check, VerificationReport
from badges.verification.verifier import TITLES, Verifier

__all__ = ["TITLES", "Check", "IssuerPolicy", "VerificationReport", "Verifier"]
