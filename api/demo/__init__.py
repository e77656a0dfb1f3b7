"""The Harmony case study, played through the real commands."""
