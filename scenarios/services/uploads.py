"""Receiving a partner's file."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from accounts.models import Attachment, User
from accounts.workflow import lock, record, require, verb
from methodologies.services.quantify import in_use
from office.services.retries import start_again
from scenarios.models import Partner, Scene, Upload
from scenarios.services.reading import check_mapping


@verb("scenarios.receive_upload")
def receive(
    partner: Partner,
    scene: Scene,
    *,
    file: Attachment,
    mapping: Mapping[str, str],
    by: User,
    key: str = "",
) -> Upload:
    """Take a kept file of a partner into the queue of one scene; ``mapping`` names the file's column for each field.

    Raises RuleViolation ``partner_inactive``, ``scene_not_reported``, ``not_your_file``, ``method_repealed`` or ``bad_mapping``. The same
    file may be sent again: its rides are then known, and nothing is counted twice.
    """
    partner.refresh_from_db()
    require(partner.active, "partner_inactive", _("这家合作方已停用"))
    reported = partner.scenes.filter(pk=scene.pk, active=True).exists()
    require(reported, "scene_not_reported", _("这家合作方没有开通“%s”场景") % scene)
    in_use(scene.method)
    require(file.organisation_id == partner.organisation_id, "not_your_file", _("这个文件是别的单位上传的"))
    check_mapping(mapping)
    upload = Upload.objects.create(
        partner=partner, scene=scene, method=scene.method, file=file, mapping=dict(mapping), received_by=by
    )
    record("scenarios.receive_upload", upload, by=by, data={"sha256": file.sha256, "scene": scene.code})
    return upload


@verb("scenarios.try_again")
def try_again(upload: Upload, *, by: User, reason: str = "") -> Upload:
    """Give a parked file its five attempts again, once what stopped it is mended. Raises ``not_parked`` for any other."""
    upload = lock(upload)
    parked = Upload.objects.parked().filter(pk=upload.pk).exists()
    require(parked, "not_parked", _("这个文件没有停在出错处，不用重新处理"))
    start_again(upload)
    record("scenarios.try_again", upload, by=by, reason=reason)
    return upload
