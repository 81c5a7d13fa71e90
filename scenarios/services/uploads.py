"""Receiving a partner's file."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from accounts.models import Attachment, User
from accounts.workflow import record, require, verb
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

    Raises RuleViolation ``partner_inactive``, ``scene_not_reported``, ``not_your_file`` or ``bad_mapping``. The same file may be
    sent again: its rides are then known, and nothing is counted twice.
    """
    partner.refresh_from_db()
    require(partner.active, "partner_inactive", _("这家合作方已停用"))
    reported = partner.scenes.filter(pk=scene.pk, active=True).exists()
    require(reported, "scene_not_reported", _("这家合作方没有开通“%s”场景") % scene)
    require(file.organisation_id == partner.organisation_id, "not_your_file", _("这个文件是别的单位上传的"))
    check_mapping(mapping)
    upload = Upload.objects.create(
        partner=partner, scene=scene, method=scene.method, file=file, mapping=dict(mapping), received_by=by
    )
    record("scenarios.receive_upload", upload, by=by, data={"sha256": file.sha256, "scene": scene.code})
    return upload
