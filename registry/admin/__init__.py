"""Desks and lists of the registry: accounts, units and their orders (units), registries that move in (openings), exchanges outside
(venues), natural persons who hold (persons), what documents have the office do with units (holds, asked with the forms of askforms),
and what corrects a mistake (corrections).
"""

from registry.admin import accounts, corrections, holds, openings, persons, units, venues

__all__ = ["accounts", "corrections", "holds", "openings", "persons", "units", "venues"]
