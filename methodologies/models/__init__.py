"""Rows of methods: published versions, drafts with their evaluations, factors."""

from methodologies.models.drafts import Draft, Evaluation
from methodologies.models.factors import Factor
from methodologies.models.methods import Method

__all__ = ["Draft", "Evaluation", "Factor", "Method"]
