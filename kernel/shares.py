"""Dividing a whole into whole parts without losing or inventing any."""

from __future__ import annotations

from collections.abc import Sequence


def share(total: int, weights: Sequence[int]) -> list[int]:
    """Split ``total`` (fen, points or milligrams) by weight: each share floored, the remainder to the largest weight.

    Among equal weights the first gets it, so callers pass the oldest account first. Raises ValueError for a
    negative total or weight and when all weights are zero, because then nobody could receive the total.
    """
    if total < 0 or any(weight < 0 for weight in weights) or not any(weights):
        raise ValueError("a share needs a total of at least 0 and at least one positive weight, none negative")
    whole = sum(weights)
    parts = [total * weight // whole for weight in weights]
    parts[weights.index(max(weights))] += total - sum(parts)
    return parts
