"""Makers of input, with the truth beside it."""
