"""Verbs of trading: agreements, payments, and what the settlement bank says."""
