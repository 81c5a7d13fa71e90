"""The verifier's own figure of a period: kept with its file, and compared with what the period claims."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.models import Attachment, User
from accounts.workflow import lock, record, require, verb
from projects.models import MonitoringPeriod, OwnFigure
from projects.states import PeriodState


@verb("projects.enter_own_figure")
def enter_own_figure(
    period: MonitoringPeriod, *, figure_mg: int, file: Attachment, by: User, reason: str = ""
) -> OwnFigure:
    """Keep what the verifier computed (milligrams of CO2e) with the file it comes from, beside what the period claims now.

    A figure beyond the profile's materiality is kept too; the period cannot be verified then until the report is put right or
    another figure entered. Raises RuleViolation ``wrong_state``, ``same_person`` when the one who reported enters it, ``not_yours``
    for another organisation's file.
    """
    period = lock(period)
    require(by.pk != period.submitted_by_id, "same_person", _("提交报告的人不能替核证机构计算"))
    require(period.state == PeriodState.VERIFYING, "wrong_state", _("报告在核证中才能填报计算"))
    require(file.organisation_id == period.verifier_id, "not_yours", _("这个文件不是本机构上传的"))
    figure = OwnFigure.objects.create(
        period=period,
        figure_mg=figure_mg,
        portal_mg=period.claimed_mg or 0,  # a report under verification has a claim
        limit_percent=period.project.profile.materiality_percent,
        file=file,
        note=reason,
        entered_by=by,
    )
    data = {"figure_mg": figure_mg, "portal_mg": figure.portal_mg, "file": file.pk, "beyond": figure.beyond}
    record("projects.enter_own_figure", period, by=by, reason=reason, data=data)
    return figure
