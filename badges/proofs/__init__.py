"""Proofs that a document carries or travels in."""
