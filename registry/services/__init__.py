"""Verbs on units and the book they go through."""
