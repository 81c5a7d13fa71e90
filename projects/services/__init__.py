"""Verbs of projects and monitored periods."""
