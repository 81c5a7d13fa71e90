"""Visits on site, for a phone: a page that opens without a network, the door what was filled in comes through, and its photos.

The page is kept by a service worker (``static/field-worker.js``); what waits lies in the phone's own database until it is sent.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.content import download
from accounts.forms import AskedForm
from accounts.keys import is_key
from accounts.models import Division, User
from accounts.scope import Acting
from accounts.visitor import may
from accounts.workflow import RuleViolation, Unavailable, sentence
from kernel import clock
from office.models import Assignment
from office.services.hands import colleagues
from projects.models import Project, SiteVisit, VisitPhoto
from projects.models.visits import Result, Source
from projects.services import visits
from projects.services.visits import MOST_PHOTOS, Photo, Place
from projects.states import VISITED_STATES, VisitState
from projects.views.access import acting

RECORD = "projects.record_visit"
MOST_CASES = 50


def _degrees(limit: int, label: Any) -> forms.DecimalField:
    box = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    return forms.DecimalField(
        label=label, min_value=-limit, max_value=limit, max_digits=9, decimal_places=6, widget=box
    )


class Colleague(forms.ModelChoiceField):
    """A colleague by name."""

    def label_from_instance(self, obj: Any) -> str:
        """The name alone."""
        return str(obj.full_name)


class VisitForm(AskedForm):
    """What two officers found. Instants come with their offset."""

    visited_at = forms.DateTimeField(
        label=gettext_lazy("核实时间"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    second = Colleague(User.objects.none(), label=gettext_lazy("同去的另一名人员"), empty_label=gettext_lazy("请选择"))
    latitude = _degrees(90, gettext_lazy("纬度"))
    longitude = _degrees(180, gettext_lazy("经度"))
    accuracy_m = forms.IntegerField(min_value=0, max_value=10**6, required=False, widget=forms.HiddenInput())
    place_source = forms.ChoiceField(
        choices=[(one.value, one.label) for one in (Source.PHONE, Source.TYPED)],
        initial=Source.TYPED,
        widget=forms.HiddenInput(),
    )
    result = forms.ChoiceField(label=gettext_lazy("核实结论"), choices=[("", gettext_lazy("请选择")), *Result.choices])
    findings = forms.CharField(
        label=gettext_lazy("核实情况"),
        help_text=gettext_lazy("看了哪里、和申请对不对得上；不写身份证号码、电话"),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=4000,
    )

    def __init__(self, *args: Any, by: User, division: Division, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["second"].queryset = colleagues(division).exclude(pk=by.pk)  # type: ignore[attr-defined]

    def told(self) -> dict[str, Any]:
        """Return what the verb takes but the photos."""
        given = dict(self.cleaned_data)
        source = given.pop("place_source")
        place = Place(given.pop("latitude"), given.pop("longitude"), given.pop("accuracy_m"), source)
        return {**given, "place": place}


class PhotoForm(AskedForm):
    """Where and when a photo was added; without a position the photo itself has to say."""

    latitude, longitude = _degrees(90, ""), _degrees(180, "")
    accuracy_m = forms.IntegerField(min_value=0, max_value=10**6, required=False)
    taken_at = forms.DateTimeField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("latitude", "longitude"):
            self.fields[name].required = False

    def place(self) -> Place | None:
        """Return where the phone was, or None."""
        given = self.cleaned_data
        if given["latitude"] is None or given["longitude"] is None:
            return None
        return Place(given["latitude"], given["longitude"], given["accuracy_m"], Source.PHONE)


def _officer(request: HttpRequest) -> User:
    if not may(request, RECORD):
        raise PermissionDenied(_("现场核实由受理人员和审核人员办理"))
    return acting(request)


@require_GET
def worker(request: HttpRequest) -> FileResponse:
    """The service worker, from below the pages it is for: that is all it may ever touch."""
    script = (settings.BASE_DIR / "static" / "field-worker.js").open("rb")
    return FileResponse(script, content_type="text/javascript; charset=utf-8", headers={"Cache-Control": "no-cache"})


@login_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The cases that can be visited, those in one's own hand first; what waits for one's confirmation; what is on the phone."""
    by = _officer(request)
    held = Assignment.objects.open().filter(assignee=by, object_type=Project._meta.label_lower).values("object_id")
    cases = Project.objects.visible_to(Acting(by, RECORD)).filter(state__in=VISITED_STATES).select_related("owner")
    in_hand = set(cases.filter(pk__in=held).values_list("pk", flat=True))
    shown = sorted(cases.order_by("due_on", "pk")[:MOST_CASES], key=lambda case: case.pk not in in_hand)
    mine = SiteVisit.objects.visible_to(by).filter(second=by, state=VisitState.WAITING).select_related("project")
    return render(request, "projects/field_home.html", {"cases": shown, "to_confirm": mine, "by": by})


@login_required
@require_GET
def form(request: HttpRequest, pk: int) -> HttpResponse:
    """The form of a visit of one case; the phone keeps this page."""
    by = _officer(request)
    cases = Project.objects.visible_to(Acting(by, RECORD)).filter(state__in=VISITED_STATES).select_related("owner")
    case = get_object_or_404(cases, pk=pk)
    context = {
        "case": case,
        "by": by,
        "form": VisitForm(by=by, division=case.division),
        "most_photos": MOST_PHOTOS,
    }
    return render(request, "projects/field.html", context)


@never_cache
@require_GET
def token(request: HttpRequest) -> JsonResponse:
    """Who is signed in, a token for a post, and the office's clock; 401 where nobody is, 403 where it is not somebody's to do."""
    if not request.user.is_authenticated:
        return _said(401, _("您已退出登录，请重新登录"))
    if not may(request, RECORD):
        return _said(403, _("现场核实由受理人员和审核人员办理"))
    return JsonResponse({"user": request.user.pk, "token": get_token(request), "now": clock.now().isoformat()})


def _said(status: int, words: str) -> JsonResponse:
    return JsonResponse({"said": words}, status=status)


@require_POST
def send(request: HttpRequest, pk: int) -> JsonResponse:
    """Take what a phone kept; 201 with the number. The same key again gives the same number, whatever became of the first answer."""
    if not request.user.is_authenticated:
        return _said(401, _("您已退出登录，请重新登录"))
    by, key = acting(request), request.POST.get("key", "")
    if request.POST.get("filled_by") != str(by.pk):
        return _said(409, _("这份记录是另一个人填写的，请本人登录后上传"))
    project = get_object_or_404(Project, pk=pk)
    filled = VisitForm(request.POST, by=by, division=project.division)
    try:
        if not is_key(key):
            raise ValidationError(_("这次提交没有带上有效的防重复编号"))
        if not filled.is_valid():
            raise ValidationError(_wrong(filled))
        visit = visits.record_visit(project, photos=_photos(request), by=by, key=key, **filled.told())
    except ValidationError as refusal:
        return _said(400, sentence(refusal))
    except RuleViolation as refusal:
        return _said(409, sentence(refusal))
    except PermissionDenied as refusal:
        return _said(403, sentence(refusal))
    except Unavailable as refusal:
        return _said(503, sentence(refusal))
    return JsonResponse({"number": visit.number}, status=201)


def _wrong(filled: forms.Form) -> list[str]:
    return [f"{filled[name].label}：{error}" for name, errors in filled.errors.items() for error in errors]


def _photos(request: HttpRequest) -> Sequence[Photo]:
    """Read the photos, each with what the phone says of it. Raises ValidationError for what does not fit together."""
    files = request.FILES.getlist("photos")
    try:
        about = json.loads(request.POST.get("about", ""))
    except ValueError:
        about = None
    fits = isinstance(about, list) and len(about) == len(files) and all(isinstance(one, dict) for one in about)
    if not fits:
        raise ValidationError(_("照片和照片的说明对不上，请重新选择照片"))
    if sum(one.size or 0 for one in files) > settings.MAX_UPLOAD_BYTES:
        raise ValidationError(_("照片合计超过 %d MB，请减少几张") % (settings.MAX_UPLOAD_BYTES // 2**20))
    photos = []
    for file, said in zip(files, about or [], strict=True):
        one = PhotoForm(said)
        if not one.is_valid():
            raise ValidationError(_("照片“%s”的时间或位置读不出来，请删去重新选择") % file.name)
        photos.append(Photo(str(file.name), file.read(), one.place(), one.cleaned_data["taken_at"]))
    return photos


@login_required
@require_GET
def photo(request: HttpRequest, pk: int) -> FileResponse:
    """Send a photo of a visit, always as a download, to the bureau of the place."""
    seen = SiteVisit.objects.visible_to(acting(request))
    row = get_object_or_404(VisitPhoto.objects.filter(visit__in=seen).select_related("kept"), pk=pk)
    return download(row.kept.file, row.kept.name)
