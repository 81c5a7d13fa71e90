"""Public pages: which methods are in force, and each one whole, with its worked examples computed again."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.visitor import may
from kernel import clock
from methodologies.document import Document, Outcome, differences, outcomes
from methodologies.document.computing import told
from methodologies.forms import Calculator, DayForm
from methodologies.forms.words import BASIS, CHAPTERS, EVIDENCE, KINDS
from methodologies.models import Draft, Method
from methodologies.services.factors import in_force
from methodologies.services.known import known
from methodologies.services.policies import policies as known_policies
from methodologies.services.quantify import document_of, published
from methodologies.states import DraftState, FactorKind
from methodologies.views.drawing import factors_of, shown, told_changes, whole


class Line(NamedTuple):
    """One formula as the page shows it: its text, and drawn as MathML."""

    symbol: str
    label: str
    formula: str
    unit: str
    value: str = ""
    drawn: str = ""


class Worked(NamedTuple):
    """One worked example as the page shows it."""

    title: str
    inputs: str
    outcome: Outcome


def version_named(number: str) -> Method:
    """Return the version a page's address names, or answer that there is none (404)."""
    row = published(number)
    if row is None:
        raise Http404
    return row


@require_safe
def methods(request: HttpRequest) -> HttpResponse:
    """List every published version, the newest of each code first, and the methods known by name with what is held of them."""
    rows = Method.objects.filter(state=Method.State.PUBLISHED).defer("document").order_by("code", "-version")
    shown = [(row, KINDS[row.kind]) for row in rows]
    return render(request, "methodologies/methods.html", {"rows": shown, "known": known()})


@require_safe
def method(request: HttpRequest, number: str) -> HttpResponse:
    """Show a method whole: formula, factors with their sources, examples computed now, and its text."""
    row = version_named(number)
    document = document_of(row)
    others = Method.objects.filter(code=row.code).exclude(pk=row.pk)
    context: dict[str, Any] = {
        **_calculated(request, row, document),
        "method": row,
        "document": document,
        "evidence": EVIDENCE[document.evidence],
        "basis": BASIS[document.factor_basis],
        "lines": _lines(document),
        "factors": factors_of(document),
        "examples": _examples(document),
        "chapters": [(CHAPTERS[key], document.chapters[key]) for key in CHAPTERS if key in document.chapters],
        "others": others.order_by("-version"),
        "may_write": may(request, "methodologies.draft"),
        "adopts": may(request, "methodologies.accept_draft"),
        "trail": [(_("方法学"), reverse("methods"))],
    }
    return render(request, "methodologies/method.html", context)


@require_safe
def factors(request: HttpRequest) -> HttpResponse:
    """Show which factor was in force on a day, with its source and what took its place; today when no day is asked for."""
    form = DayForm(request.GET if "on" in request.GET else {"on": clock.today().isoformat()})
    on = form.cleaned_data["on"] if form.is_valid() else None
    rows = in_force(on) if on else []
    groups = [(kind.label, found) for kind in FactorKind if (found := [row for row in rows if row.factor.kind == kind])]
    trail = [(_("方法学"), reverse("methods"))]
    return render(request, "methodologies/factors.html", {"form": form, "on": on, "groups": groups, "trail": trail})


@require_safe
def policies(request: HttpRequest) -> HttpResponse:
    """Show which instruments were in force on a day, and what here rests on them; today when no day is asked for."""
    form = DayForm(request.GET if "on" in request.GET else {"on": clock.today().isoformat()})
    on = form.cleaned_data["on"] if form.is_valid() else None
    context = {
        "form": form,
        "on": on,
        "rows": known_policies(on) if on else [],
        "trail": [(_("方法学"), reverse("methods"))],
    }
    return render(request, "methodologies/policies.html", context)


@require_safe
def changes(request: HttpRequest, number: str) -> HttpResponse:
    """What changed between a version and another one of its code, which ``since`` names; the one before it when nothing is asked."""
    row = version_named(number)
    others = list(Method.objects.filter(code=row.code).exclude(pk=row.pk).order_by("-version"))
    asked = request.GET.get("since", "")
    before = next((one for one in others if one.version < row.version), others[0] if others else None)
    since = next((one for one in others if one.number == asked), before)
    context = {
        "method": row,
        "since": since,
        "others": others,
        "groups": told_changes(differences(document_of(since), document_of(row))) if since else [],
        "trail": [(_("方法学"), reverse("methods")), (row.number, reverse("method", args=[row.number]))],
    }
    return render(request, "methodologies/changes.html", context)


@require_safe
def paper(request: HttpRequest, number: str) -> HttpResponse:
    """The method as a PDF."""
    row = version_named(number)
    from methodologies.views.paper import drawn  # brings Pango and a second of start-up, which no other page needs

    response = HttpResponse(drawn(row), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{row.number}.pdf"'
    return response


@require_safe
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft while the public is asked about it; published, its method."""
    rows = Draft.objects.exclude(notice=None).select_related(
        "notice", "developer", "division", "derived_from", "method"
    )
    row = get_object_or_404(rows.filter(state__in=(DraftState.NOTICE, DraftState.FILED)), pk=pk)
    if row.method is not None:
        return redirect("method", row.method.number)
    context = {**whole(row), "draft": row, "trail": [(_("方法学"), reverse("methods"))]}
    return render(request, "methodologies/draft_public.html", context)


@require_safe
def text(request: HttpRequest, number: str) -> HttpResponse:
    """Give the document itself, byte for byte what the digest was taken of."""
    row = version_named(number)
    response = HttpResponse(row.document, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{row.number}.toml"'
    return response


def _calculated(request: HttpRequest, row: Method, document: Document) -> dict[str, Any]:
    """Return the form, and what came out of it where somebody has filled it in."""
    if document.kind != "quantitative":
        return {}
    asked = any(name in request.GET for name in document.inputs)
    form = Calculator(document, request.GET if asked else None)
    result = form.result(row) if asked and form.is_valid() else None
    if result is None:
        return {"form": form}
    steps = [line._replace(value=told(result.results[line.symbol])) for line in _lines(document)]
    return {"form": form, "result": result, "steps": steps, "used": result.parameters}


def _lines(document: Document) -> list[Line]:
    if not document.formula:
        return []
    compiled, drawn = document.compiled, shown(document)
    return [
        Line(
            name, document.labels.get(name, ""), formula, str(compiled.units[name] or document.result), "", drawn[name]
        )
        for name, formula in compiled.sources.items()
    ]


def _examples(document: Document) -> list[Worked]:
    return [Worked(one.example.title, _given(document, one), one) for one in outcomes(document)]


def _given(document: Document, one: Outcome) -> str:
    parts = []
    for name, value in one.example.inputs.items():
        told = value if isinstance(value, str) else "、".join(value) or "—"
        unit = str(document.inputs[name].unit)
        parts.append(f"{name} = {told}" + ("" if unit == "1" else f"\u00a0{unit}"))
    return "；".join(parts)
