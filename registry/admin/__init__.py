"""Desks and lists of the registry: units and their orders (units), and registries that move in (openings)."""

from registry.admin import openings, units

__all__ = ["openings", "units"]
