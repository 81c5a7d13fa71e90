"""Verbs on people, organisations and files."""
