"""Desks and lists of the registry: units and their orders (units), registries that move in (openings),

and what documents have the office do with units (holds, asked with the forms of askforms).
"""

from registry.admin import holds, openings, units

__all__ = ["holds", "openings", "units"]
