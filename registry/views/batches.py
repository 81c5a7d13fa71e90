"""One batch of serials, publicly: whose milligrams it was made of, and all that is needed to find the roots again."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from certificates.models import Certificate
from projects.models import MonitoringPeriod, Project, SampleCheck
from projects.states import PeriodState
from registry.models import Batch
from registry.views.public import Echo
from scenarios.models import ClaimBatch
from scenarios.services import claims

FEW = 10  # fewer people than this are not counted in public (clarification 23)


class Source(NamedTuple):
    """One period whose milligrams went into a batch; ``people`` is None for fewer than ten."""

    period: MonitoringPeriod
    claim: ClaimBatch | None
    people: int | None
    sample: SampleCheck | None


class Origin(NamedTuple):
    """What a batch was made of, in milligrams: ``carried_in`` + verified = tonnes + ``carried_out``."""

    sources: list[Source]
    carried_in: int
    verified: int
    carried_out: int

    @property
    def claims(self) -> list[ClaimBatch]:
        """The claims among the sources."""
        return [source.claim for source in self.sources if source.claim is not None]


def origin(batch: Batch) -> Origin:
    """Return the periods since the project's batch before: those that gave less than a tonne, and the one that filled it."""
    issued = list(
        MonitoringPeriod.objects.filter(project=batch.series.project_id, state=PeriodState.ISSUED)
        .select_related("batch", "verifier", "claim__scene", "claim__partner", "claim__method")
        .prefetch_related("samples")
        .order_by("issued_at", "pk")
    )
    end = next(at for at, period in enumerate(issued) if period.pk == batch.period_id)
    start = end
    while start and not hasattr(issued[start - 1], "batch"):
        start -= 1
    taken = issued[start : end + 1]
    sources = [
        Source(period, period.claim, _counted(period.claim.citizens if period.claim else 0), _sample(period))
        for period in taken
    ]
    before = issued[start - 1].carry_mg if start else 0
    return Origin(sources, before or 0, sum(row.verified_mg or 0 for row in taken), issued[end].carry_mg or 0)


def _sample(period: MonitoringPeriod) -> SampleCheck | None:
    return next(iter(period.samples.all()), None)


def _counted(people: int) -> int | None:
    return people if people >= FEW else None


@require_GET
def batch(request: HttpRequest, number: str) -> HttpResponse:
    """The page of a batch."""
    row = _batch(number)
    made = origin(row)
    project = row.series.project
    context = {
        "batch": row,
        "project": project,
        "origin": made,
        "cases": row.fraud_cases.order_by("pk"),
        "acts": sum(claim.acts for claim in made.claims),
        "people": _counted(claims.riders(made.claims)),
        "certificate": Certificate.objects.for_subject(row).first(),
        "trail": [
            (_("登记簿"), reverse("registry")),
            (project.name, reverse("registry-project", args=[project.project_no])),
        ],
    }
    return render(request, "registry/batch.html", context)


def _batch(number: str) -> Batch:
    parts = number.split("-")
    if len(parts) != 5 or not (parts[3].isdecimal() and parts[4].isdecimal()) or len(parts[3] + parts[4]) > 6:
        raise Http404
    adm6, meth7, proj6, vintage, batch_no = parts
    rows = Batch.objects.filter(series__project__in=Project.objects.public())
    return get_object_or_404(
        rows.select_related(
            "series__project__owner", "series__project__method", "journal", "period__verifier", "moved__opening"
        ),
        series__adm6=adm6,
        series__meth7=meth7,
        series__proj6=proj6,
        series__vintage=int(vintage),
        number=int(batch_no),
    )


@require_GET
def leaves(request: HttpRequest, number: str) -> StreamingHttpResponse:
    """The leaf hashes of an issued claim as CSV, in the order of the tree. A hash says nothing about a rider or a ride."""
    periods = MonitoringPeriod.objects.filter(state=PeriodState.ISSUED, project__in=Project.objects.public())
    claim = get_object_or_404(ClaimBatch.objects.select_related("method"), number=number, periods__in=periods)

    def lines() -> Iterator[list[Any]]:
        yield ["index", "act", "leaf_sha256"]
        for index, (act, leaf) in enumerate(claims.hashes(claim)):
            yield [index, act, leaf.hex()]

    writer = csv.writer(Echo())
    answer = StreamingHttpResponse(map(writer.writerow, lines()), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{claim.number}-leaves.csv"'
    return answer
