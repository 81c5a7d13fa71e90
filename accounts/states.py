"""States of what two administrators decide about a person."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ResetState(models.TextChoices):
    """What became of a request to take a lost second factor away."""

    ASKED = "ASKED", _("待确认")
    DONE = "DONE", _("已重置")
    REFUSED = "REFUSED", _("未同意")


RESET_MOVES = frozenset({(ResetState.ASKED, ResetState.DONE), (ResetState.ASKED, ResetState.REFUSED)})
RESET_BADGES = {ResetState.ASKED: "office", ResetState.DONE: "good", ResetState.REFUSED: "bad"}


class ProposalState(models.TextChoices):
    """What became of a proposal to give somebody a role."""

    PROPOSED = "PROPOSED", _("待授权")
    GRANTED = "GRANTED", _("已授权")
    REFUSED = "REFUSED", _("未授权")


PROPOSAL_MOVES = frozenset(
    {(ProposalState.PROPOSED, ProposalState.GRANTED), (ProposalState.PROPOSED, ProposalState.REFUSED)}
)
PROPOSAL_BADGES = {ProposalState.PROPOSED: "office", ProposalState.GRANTED: "good", ProposalState.REFUSED: "bad"}
