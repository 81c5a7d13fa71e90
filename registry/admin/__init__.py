"""Desks and lists of the registry: units and their orders (units)."""

from registry.admin import units

__all__ = ["units"]
