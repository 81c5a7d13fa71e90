"""A period of a scene's project: it takes its figures from a claim, act by act, and adds nothing to them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.workflow import lock, record, require, verb
from kernel.quantities import MG_PER_KG
from methodologies.services.quantify import quantify
from projects.models import MonitoringPeriod, Project, Quantification
from projects.services.periods import may_open
from scenarios.models import Act, ClaimBatch
from scenarios.services.claims import month_of


@verb("projects.open_claim_period")
def open_claim_period(project: Project, claim: ClaimBatch, *, by: User, reason: str = "") -> MonitoringPeriod:
    """Open the monitored period of a claim's month: the reduction claimed is the claim's, to the milligram.

    Each act was floored once when it was counted, so nothing is rounded here. A claim of what arrived late has a period of its own
    beside the month's first. Raises RuleViolation ``no_scene``, ``not_your_claim``, ``other_method``, ``claim_in_period`` and as
    ``open_period`` does.
    """
    project = lock(project)
    require(project.scene_id is not None, "no_scene", _("这个项目不属于场景，核算期要填电表数据"))
    theirs = claim.scene_id == project.scene_id and claim.partner.organisation_id == project.owner_id
    require(theirs, "not_your_claim", _("归集批次 %s 不是本单位这个场景的") % claim.number)
    said = _("归集批次 %(claim)s 按 %(method)s 核算，与项目的方法学不同")
    values = {"claim": claim.number, "method": claim.method}
    require(claim.method_id == project.method_id, "other_method", said % values)
    first, after = month_of(claim.month)
    period = may_open(project, first, after - timedelta(days=1))
    period.claim, period.claimed_mg = claim, claim.saved_mg
    period.save()
    _keep_figures(period, claim)
    record("projects.open_claim_period", period, by=by, reason=reason, data={"claim": claim.number})
    return period


def _keep_figures(period: MonitoringPeriod, claim: ClaimBatch) -> None:
    """Keep what the figure comes from: how many acts, their sum, the root that names each, and the factors used."""
    scene = claim.scene
    act = Act.objects.filter(
        on_day__gte=period.starts_on, on_day__lte=period.ends_on, pk__in=claim.uses.values("act_id")
    )
    # Factors do not depend on the amount, so one act's computation names them.
    sample = act.order_by("pk")[0]
    region = claim.partner.organisation.division.adm6
    used = quantify(claim.method, {scene.input_name: sample.amount}, on=sample.on_day, region=region)
    Quantification.objects.create(
        period=period,
        method=claim.method,
        inputs={
            "claim": claim.number,
            "acts": claim.acts,
            "merkle_root": claim.merkle_root,
            scene.input_name: str(claim.amount),
        },
        parameters=[{key: str(value) for key, value in one.items()} for one in used.parameters],
        results={list(used.results)[-1]: str(Decimal(claim.saved_mg) / MG_PER_KG)},
        reduction_mg=claim.saved_mg,
    )
