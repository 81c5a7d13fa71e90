"""Personal reduction certificates: a citizen's counted acts over a range of days, certified as they stand."""

from __future__ import annotations

from datetime import date

from django.db.models import Count, Sum
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.workflow import lock, record, require, verb
from certificates.models import Certificate
from certificates.services.certificates import award
from certificates.states import Kind
from kernel import clock
from methodologies.models import Method
from scenarios.models import Act, Citizen, PersonalStatement
from scenarios.states import CitizenState


@verb("scenarios.certify_reduction")
def certify(citizen: Citizen, *, starts_on: date, ends_on: date, by: User) -> PersonalStatement:
    """Certify what a citizen saved from one local day to another, both included, and award the certificate.

    Raises RuleViolation ``not_verified``, ``bad_range``, ``statement_empty`` or ``already_awarded`` (same days, same acts).
    """
    citizen = lock(citizen)
    require(citizen.state == CitizenState.ACTIVE, "not_verified", _("请先完成实名"))
    require(starts_on <= ends_on, "bad_range", _("起日不能晚于止日"))
    require(ends_on <= clock.today(), "bad_range", _("止日不能晚于今天"))
    acts = Act.objects.filter(citizen=citizen, on_day__range=(starts_on, ends_on))
    months = list(
        acts.annotate(month=TruncMonth("on_day"))
        .values("month")
        .annotate(n=Count("pk"), mg=Sum("saved_mg"))
        .order_by("month")
    )
    count, saved_mg = sum(row["n"] for row in months), sum(row["mg"] for row in months)
    require(saved_mg > 0, "statement_empty", _("这段日期没有记入的减排"))
    same = {"starts_on": starts_on, "ends_on": ends_on, "acts": count, "saved_mg": saved_mg}
    known = PersonalStatement.objects.filter(citizen=citizen, **same).exists()
    require(not known, "already_awarded", _("这段日期、同样的记录已经开过证书，请在列表里下载"))
    statement = PersonalStatement.objects.create(citizen=citizen, **same)
    methods = Method.objects.filter(pk__in=acts.values("upload__method")).order_by("code", "version")
    award(
        Kind.PERSONAL,
        division=citizen.division,
        holder_name=citizen.user.full_name,
        snapshot={
            "person": citizen.user.full_name,
            "starts_on": starts_on,
            "ends_on": ends_on,
            "acts": count,
            "saved_mg": saved_mg,
            "methods": [str(method) for method in methods],
            "months": [f"{row['month']:%Y-%m} {row['mg']}" for row in months],
        },
        subject=statement,
        by=by,
    )
    record("scenarios.certify_reduction", statement, by=by)
    return statement


def certificates_of(citizen: Citizen) -> list[Certificate]:
    """Return a citizen's certificates, newest first."""
    subjects = list(citizen.statements.values_list("pk", flat=True))
    label = PersonalStatement._meta.label_lower
    return list(Certificate.objects.filter(subject_type=label, subject_id__in=subjects).order_by("-pk"))
