"""Verbs and look-ups of methods."""
