"""The public registry: projects, batches, where each tonne is, who retired what for whom."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Case, F, Q, Sum, When
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from certificates.models import Certificate
from kernel.identifiers import normalise, parse_unit_serial
from kernel.rules import RuleViolation
from methodologies.views.public import version_named
from projects.models import Project
from projects.states import ProjectState
from registry.models import Batch, Block, BookCheck, MovedRetirement, Retirement
from registry.states import RetirementState, UnitState

PER_PAGE = 20
TONES: dict[str, str] = {UnitState.AVAILABLE: "available", UnitState.RETIRED: "retired"}


@require_GET
def registry(request: HttpRequest) -> HttpResponse:
    """Search: a serial finds its blocks, other words find projects, owners and retirements of a beneficiary."""
    query = request.GET.get("q", "").strip()[:100]
    found, refusal = _by_serial(query)
    projects = Project.objects.public().exclude(project_no=None).select_related("owner", "method")
    retirements = Retirement.objects.filter(state=RetirementState.RETIRED).select_related(
        "account__organisation", "journal"
    )
    if query and found is None:
        words = Q(name__icontains=query) | Q(project_no__icontains=query) | Q(owner__name__icontains=query)
        projects = projects.filter(words | Q(owner__uscc=normalise(query)))
        retirements = retirements.filter(
            Q(beneficiary__icontains=query)
            | Q(purpose__icontains=query)
            | Q(account__organisation__name__icontains=query)
        )
    moved = MovedRetirement.objects.select_related("block__holder__organisation", "opening")
    if query and found is None:
        moved = moved.filter(
            Q(beneficiary__icontains=query) | Q(purpose__icontains=query) | Q(certificate_no__iexact=query)
        )
    page = Paginator(_with_tonnes(projects), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "query": query,
        "found": found,
        "refusal": refusal,
        "page_obj": page,
        "sums": tonnes(Block.objects.open()),
        "retirements": retirements.order_by("-pk")[:PER_PAGE],
        "moved": moved[:PER_PAGE],
        "check": BookCheck.objects.first(),
        "page_query": f"q={query}&" if query else "",
    }
    return render(request, "registry/registry.html", context)


@require_GET
def method(request: HttpRequest, number: str) -> HttpResponse:
    """The projects registered under one version of a method, with what was issued to each."""
    row = version_named(number)
    projects = Project.objects.public().exclude(project_no=None).filter(method=row).select_related("owner")
    context = {
        "method": row,
        "sums": tonnes(Block.objects.open().filter(series__project__method=row)),
        "page_obj": Paginator(_with_tonnes(projects), PER_PAGE).get_page(request.GET.get("page")),
        "trail": [(_("方法学"), reverse("methods")), (row.number, reverse("method", args=[row.number]))],
    }
    return render(request, "registry/method.html", context)


def _with_tonnes(projects: Any) -> Any:
    retired = Case(
        When(series__batches__blocks__state=UnitState.RETIRED, then=F("series__batches__blocks__quantity_t"))
    )
    open_blocks = Q(series__batches__blocks__closed_by=None)
    return projects.annotate(
        issued_t=Coalesce(Sum("series__batches__blocks__quantity_t", filter=open_blocks), 0),
        retired_t=Coalesce(Sum(retired, filter=open_blocks), 0),
    ).order_by("-registered_at")


def _by_serial(query: str) -> tuple[list[Block] | None, RuleViolation | None]:
    """Return the open blocks a serial range touches; None when the words are no serial, a refusal when it is a wrong one."""
    if not normalise(query).startswith("PHCER-"):
        return None, None
    try:
        serial = parse_unit_serial(query)
    except RuleViolation as refusal:
        return [], refusal
    blocks = Block.objects.open().filter(
        series__adm6=serial.adm6,
        series__meth7=serial.meth7,
        series__proj6=serial.proj6,
        series__vintage=serial.vintage,
        batch__number=serial.batch,
        serials__overlap=(serial.start, serial.end + 1),
    )
    return list(blocks.select_related("series__project", "batch", "holder__organisation").order_by("serials")), None


def tonnes(blocks: Any) -> dict[str, int]:
    """Return the sums of blocks in tonnes: issued, available, retired, cancelled, and pending, which is whatever else is held."""
    by_state = dict(blocks.order_by().values_list("state").annotate(t=Sum("quantity_t")))
    ended = {
        name: by_state.get(state, 0)
        for name, state in (
            ("available", UnitState.AVAILABLE),
            ("retired", UnitState.RETIRED),
            ("cancelled", UnitState.CANCELLED),
        )
    }
    issued = sum(by_state.values())
    return {"issued": issued, **ended, "pending": issued - sum(ended.values())}


@require_GET
def project(request: HttpRequest, project_no: str) -> HttpResponse:
    """One project: four sums, and per batch the ruler, the blocks and their certificates."""
    row = get_object_or_404(
        Project.objects.public().select_related("owner", "method", "notice", "opening"), project_no=project_no
    )
    batches = list(
        Batch.objects.filter(series__project=row)
        .select_related("series", "period__verifier", "journal", "moved")
        .order_by("-series__vintage", "-number")
    )
    context = {
        "project": row,
        "sums": tonnes(Block.objects.open().filter(batch__in=batches)),
        "batches": _accounts_of(batches),
        "certificate": Certificate.objects.for_subject(row).first(),
        "check": BookCheck.objects.first(),
        "revoked": row.state == ProjectState.REVOKED,
        "trail": [(_("登记簿"), reverse("registry"))],
    }
    return render(request, "registry/project.html", context)


def _accounts_of(batches: list[Batch]) -> list[dict[str, Any]]:
    blocks = list(
        Block.objects.open()
        .filter(batch__in=batches)
        .select_related("series", "batch", "holder__organisation", "opened_by__retirement", "moved_retirement")
        .order_by("batch_id", "serials")
    )
    orders = [order.pk for block in blocks if isinstance(order := _retired_by(block), Retirement)]
    retired = _certificates("registry.retirement", orders)
    issued = _certificates("registry.batch", [batch.pk for batch in batches])
    return [
        {
            "batch": batch,
            "certificate": issued.get(batch.pk),
            "rows": [_row(block, retired) for block in blocks if block.batch_id == batch.pk],
            "parts": [part(block) for block in blocks if block.batch_id == batch.pk],
        }
        for batch in batches
    ]


def _certificates(kind: str, subjects: list[int]) -> dict[int, Certificate]:
    rows = Certificate.objects.filter(subject_type=kind, subject_id__in=subjects).order_by("pk")
    return {row.subject_id: row for row in rows}


def _retired_by(block: Block) -> Retirement | MovedRetirement | None:
    """Return what retired a block: an order here, or what another registry says of it."""
    if block.state != UnitState.RETIRED:
        return None
    return getattr(block, "moved_retirement", None) or block.opened_by.retirement


def _row(block: Block, certificates: dict[int, Certificate]) -> dict[str, Any]:
    order = _retired_by(block)
    moved = order if isinstance(order, MovedRetirement) else None
    return {
        "block": block,
        "who": order.beneficiary if order else block.holder.organisation.name,
        "purpose": order.purpose if order else "",
        "at": moved.retired_on if moved else block.opened_by.business_at,
        "certificate": certificates.get(order.pk) if order and not moved else None,
        "old_certificate": moved.certificate_no if moved else "",
    }


def part(block: Block) -> tuple[int, int, str, str]:
    """Return a piece of the serial ruler: first, last, tone, words."""
    words = f"{block.get_state_display()} {block.quantity_t:,}"
    return block.first, block.last, TONES.get(block.state, "frozen"), words


class Echo:
    """A file that gives back what is written to it, so that a table streams."""

    def write(self, value: str) -> str:
        """Return the line."""
        return value


@require_GET
def batch_csv(request: HttpRequest, project_no: str, pk: int) -> StreamingHttpResponse:
    """The blocks of a batch as CSV (UTF-8 with mark, so that spreadsheets read it)."""
    batch = get_object_or_404(
        Batch, pk=pk, series__project__project_no=project_no, series__project__in=Project.objects.public()
    )
    accounts = _accounts_of([batch])[0]
    head = ["serial", "quantity_t", "state", "holder_or_beneficiary", "purpose", "since"]

    def lines() -> Iterator[list[Any]]:
        yield head
        for row in accounts["rows"]:
            block = row["block"]
            yield [
                block.serial,
                block.quantity_t,
                block.state,
                _plain(row["who"]),
                _plain(row["purpose"]),
                row["at"].isoformat(),
            ]

    writer = csv.writer(Echo())
    body = (("\ufeff" if i == 0 else "") + writer.writerow(line) for i, line in enumerate(lines()))
    answer = StreamingHttpResponse(body, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{batch}.csv"'
    return answer


def _plain(text: str) -> str:
    """Keep a spreadsheet from reading a name as a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
