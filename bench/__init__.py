"""Measurements; ``./portal bench NAME`` runs one on a database of its own with PostgreSQL's default durability."""
