"""What is taken into the queue and from whom, and what becomes of a file that cannot be settled."""

from __future__ import annotations

import pytest
from django.core.files.base import ContentFile

from accounts.services.attachments import keep_file
from kernel import clock
from scenarios.models import Partner, Scene, Upload
from scenarios.services import ingestion, uploads
from scenarios.services.ingestion import settle_waiting
from scenarios.states import UploadState
from tests import riding
from tests.refusals import forbidden, refused
from tests.riding import Here, ago, csv_of, platform, ride, scene
from tests.stages import person

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ({**riding.MAPPING, "bike": "subject"}, "bike、user"),
        ({**riding.MAPPING, "km": "distance_km"}, "distance_m 或 distance_km"),
        ({**riding.MAPPING, "colour": "colour"}, "colour"),
        ({"user": "subject"}, "trip、started_at、ended_at"),
    ],
)
def test_a_mapping_that_is_not_one_column_for_a_field(here: Here, mapping: dict[str, str], words: str) -> None:
    _world, partner, one = here
    by = riding.interface(partner)
    kept = keep_file(partner.organisation, ContentFile(csv_of(), name="a.csv.gz"), by=by)
    refusal = refused(uploads.receive, partner, one, file=kept, mapping=mapping, by=by, code="bad_mapping")
    assert words in str(refusal.message)


def test_who_may_send_what(here: Here) -> None:
    """Only an active partner, only its scenes, only its own file, and only for itself."""
    world, partner, one = here
    by, about = riding.interface(partner), {"mapping": riding.MAPPING}
    kept = keep_file(partner.organisation, ContentFile(csv_of(), name="a.csv.gz"), by=by)
    other = platform(world, "map", scenes=[one])
    forbidden(uploads.receive, other, one, file=kept, by=by, **about)
    forbidden(uploads.receive, partner, one, file=kept, by=world.people["owner-maker"], **about)
    mine = keep_file(other.organisation, ContentFile(csv_of(), name="a.csv.gz"), by=riding.interface(other))
    refused(uploads.receive, partner, one, file=mine, by=by, code="not_your_file", **about)
    refused(uploads.receive, partner, scene("walking"), file=kept, by=by, code="scene_not_reported", **about)
    Scene.objects.filter(pk=one.pk).update(active=False)
    refused(uploads.receive, partner, one, file=kept, by=by, code="scene_not_reported", **about)
    Partner.objects.update(active=False)
    refused(
        uploads.receive,
        partner,
        one,
        file=kept,
        by=by,
        code="partner_inactive",
        **about,
    )


def test_a_failure_backs_off_and_parks_after_five(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    _world, partner, one = here
    upload = riding.send(partner, one, csv_of(ride("anna", "t1", ago(days=2))))

    def broken(*_args: object) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(ingestion, "judge", broken)
    for attempt in range(1, 6):
        settle_waiting()
        upload.refresh_from_db()
        assert (upload.attempts, upload.state) == (attempt, UploadState.RECEIVED)
        assert "the disk is gone" in upload.last_error
        assert settle_waiting() == 0  # not before its time
        Upload.objects.filter(pk=upload.pk).update(next_at=clock.real_now())
    assert list(Upload.objects.parked()) == [upload]
    assert settle_waiting() == 0
    monkeypatch.undo()
    operator = person(here.world, "operator-of-test", "OPERATOR", division=here.world.organisations["owner"].division)
    uploads.try_again(upload, by=operator, reason="硬盘已更换")
    assert settle_waiting() == 1
    refused(uploads.try_again, upload, by=operator, code="not_parked")
    forbidden(uploads.try_again, upload, by=riding.interface(partner))
