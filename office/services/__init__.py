"""Verbs and look-ups of the office."""
