"""Verbs of the rewards."""
