"""Verbs of visits on site: one officer records what two found, the other confirms it or says why not (domain §1.4.3, P7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.core.files.base import ContentFile
from django.utils.translation import gettext as _

from accounts.content import JPEG, PNG, checked
from accounts.context import stands_in_for
from accounts.models import User
from accounts.services.attachments import keep_paper
from accounts.workflow import RuleViolation, advance, lock, record, require, verb
from kernel import clock
from kernel.digest import sha256
from office.services.hands import colleagues
from office.services.numbers import next_number
from projects.models import Project, SiteVisit, Source, VisitPhoto
from projects.services.geotags import tag_of
from projects.states import VISITED_STATES, VisitState

MOST_PHOTOS = 6
AHEAD = timedelta(minutes=10)  # how far a phone's clock may be ahead of ours


class Place(NamedTuple):
    """Degrees (WGS 84), the radius of error in metres where it is known, and a value of ``Source``."""

    latitude: Decimal
    longitude: Decimal
    accuracy_m: int | None
    source: str


class Photo(NamedTuple):
    """A photo as the phone sent it, with where and when the phone was as it was added; ``place`` is None where it did not know."""

    name: str
    content: bytes
    place: Place | None
    taken_at: datetime


@verb("projects.record_visit")
def record_visit(
    project: Project,
    *,
    second: User,
    visited_at: datetime,
    place: Place,
    findings: str,
    result: str,
    photos: Sequence[Photo],
    by: User,
    reason: str = "",
    key: str = "",
) -> SiteVisit:
    """Write down a visit by two officers; ``result`` is a value of ``Result``. With a key the same record sent twice is one visit.

    Raises RuleViolation ``not_in_review``, ``same_person``, ``other_office``, ``bad_time``, ``visit_incomplete``, ``no_photos``,
    ``too_many_photos``, ``no_position``, ``same_photo``, and what ``accounts.content.checked`` refuses of a picture.
    """
    project = lock(project)
    said = _("只有已受理、还没有登记的项目能记现场核实，现在是“%s”") % project.get_state_display()
    require(project.state in VISITED_STATES, "not_in_review", said)
    absent = stands_in_for(by)
    alone = second.pk in {by.pk, absent.pk if absent is not None else None}
    require(not alone, "same_person", _("现场核实要两名人员，另一名不能是本人"))
    fits = colleagues(project.division).filter(pk=second.pk).exists()
    require(fits, "other_office", _("另一名核实人员要是同一辖区（或上级）在岗的人员"))
    _in_time(project, visited_at)
    require(findings.strip(), "visit_incomplete", _("请写明核实情况"))
    require(photos, "no_photos", _("现场核实至少要有一张照片"))
    require(len(photos) <= MOST_PHOTOS, "too_many_photos", _("一次现场核实最多 %d 张照片") % MOST_PHOTOS)
    adm6, year = project.division.adm6, clock.today().year
    visit = SiteVisit.objects.create(
        number=f"{adm6}-XC-{year}-{next_number(f'XC-{adm6}-{year}'):04d}",
        project=project,
        visited_at=visited_at,
        visited_by=by,
        second=second,
        latitude=place.latitude,
        longitude=place.longitude,
        accuracy_m=place.accuracy_m,
        place_source=place.source,
        findings=findings.strip(),
        result=result,
    )
    digests = [_keep(visit, photo, by=by).sent_sha256 for photo in photos]
    told = {"visit": visit.number, "second": second.pk, "photos": digests}
    for row in (visit, project):  # the case tells it among its own events, where the applicant reads no opinion of ours
        record("projects.record_visit", row, by=by, reason=reason if row is visit else "", data=told)
    return visit


def _in_time(project: Project, visited_at: datetime) -> None:
    late = visited_at > clock.now() + AHEAD
    require(not late, "bad_time", _("核实时间还没有到，请核对手机的时间"))
    accepted_at = project.accepted_at
    before = accepted_at is not None and clock.local(visited_at).date() < clock.local(accepted_at).date()
    require(not before, "bad_time", _("核实时间早于受理，请核对日期"))


def _keep(visit: SiteVisit, photo: Photo, *, by: User) -> VisitPhoto:
    """Keep the pixels of a photo; where and when it was taken is read from it first, else it is where the phone was."""
    tag, place = tag_of(photo.content), photo.place
    if tag.position is not None:
        place = Place(*tag.position, None, Source.EXIF)
    if place is None:
        said = _("照片“%s”没有位置：请打开手机定位后重拍，或在相机里打开“保存位置信息”")
        raise RuleViolation("no_position", said % photo.name)
    picture = checked(photo.name, photo.content, allowed=(JPEG, PNG))
    return VisitPhoto.objects.create(
        visit=visit,
        kept=keep_paper(ContentFile(picture.content, name=picture.name), by=by),
        sent_sha256=sha256(photo.content),
        latitude=place.latitude,
        longitude=place.longitude,
        accuracy_m=place.accuracy_m,
        position_source=place.source,
        taken_at=tag.taken_at or photo.taken_at,
        taken_source=Source.PHONE if tag.taken_at is None else Source.EXIF,
    )


@verb("projects.confirm_visit")
def confirm_visit(visit: SiteVisit, *, by: User, reason: str = "") -> SiteVisit:
    """The other officer confirms what was written down. Raises RuleViolation ``not_the_second`` or ``wrong_state``."""
    return _end(visit, VisitState.CONFIRMED, "projects.confirm_visit", by=by, reason=reason)


@verb("projects.dispute_visit")
def dispute_visit(visit: SiteVisit, *, by: User, reason: str) -> SiteVisit:
    """The other officer does not agree, and says why. Raises RuleViolation ``no_reason``, ``not_the_second``, ``wrong_state``."""
    return _end(visit, VisitState.DISPUTED, "projects.dispute_visit", by=by, reason=reason)


def _end(visit: SiteVisit, to: VisitState, name: str, *, by: User, reason: str) -> SiteVisit:
    visit, disputed = lock(visit), to == VisitState.DISPUTED
    require(by.pk == visit.second_id, "not_the_second", _("现场核实由同去的 %s 本人确认") % visit.second.full_name)
    require(reason.strip() or not disputed, "no_reason", _("请写明不同意的理由"))
    ended = {"confirmed_by": by, "confirmed_at": clock.now(), "disagreement": reason.strip() if disputed else ""}
    advance(visit, to, by=by, reason=reason, **ended)
    record(name, visit.project, by=by, data={"visit": visit.number})
    return visit
