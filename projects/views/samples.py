"""A sample as the verifier reads it: every act with what its raw row says, and in words what differs."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from projects.models import SampleCheck

DIFFERS = {
    "row": _("原始记录不在"),
    "citizen": _("不是同一个人"),
    "time": _("时间不同"),
    "amount": _("数量不同"),
    "reduction": _("减排量不同"),
}


def lines(sample: SampleCheck | None) -> list[dict[str, Any]]:
    """Return the acts of a sample with ``difference_mg`` (booked too high is positive) and the words of what is wrong."""
    if sample is None:
        return []
    return [
        row
        | {
            "difference_mg": row["booked_mg"] - row["recomputed_mg"],
            "words": [DIFFERS[code] for code in row["wrong"]],
            "person": row["citizen"][:8],
        }
        for row in sample.rows
    ]
