"""Partners and scenes, as the operator runs them."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import available_timezones

from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from accounts.workflow import lock, record, require, verb
from scenarios.models import Partner, Scene


@verb("scenarios.add_partner")
def add_partner(
    organisation: Organisation, *, name: str, zone: str, scenes: Sequence[Scene], by: User, reason: str = ""
) -> Partner:
    """Let an organisation of the division report for scenes. ``zone`` is where its users' days are cut, e.g. Asia/Shanghai.

    Raises RuleViolation ``partner_known``, ``bad_zone``, ``no_scene`` or ``bad_name``.
    """
    organisation = lock(organisation)
    known = Partner.objects.filter(organisation=organisation).exists()
    require(not known, "partner_known", _("%s 已经是合作方") % organisation)
    require(zone in available_timezones(), "bad_zone", _("没有时区“%s”") % zone)
    require(bool(scenes), "no_scene", _("请至少选一个场景"))
    require(0 < len(name.strip()) <= 60, "bad_name", _("请填平台名称，不超过 60 个字"))
    partner = Partner.objects.create(organisation=organisation, name=name.strip(), zone=zone)
    partner.scenes.set(scenes)
    codes = [scene.code for scene in scenes]
    record("scenarios.add_partner", partner, by=by, reason=reason, data={"zone": zone, "scenes": codes})
    return partner


@verb("scenarios.open_scene")
def open_scene(scene: Scene, *, by: User, reason: str = "") -> Scene:
    """Let citizens consent to a scene and partners report it. Raises RuleViolation ``wrong_state`` when it is open."""
    return _switch(scene, True, by, reason, _("场景已经启用"))


@verb("scenarios.close_scene")
def close_scene(scene: Scene, *, by: User, reason: str) -> Scene:
    """Stop a scene: no new consents, no new files; what was counted stays. Raises RuleViolation ``wrong_state``."""
    return _switch(scene, False, by, reason, _("场景已经停用"))


def _switch(scene: Scene, on: bool, by: User, reason: str, said: str) -> Scene:
    scene = lock(scene)
    require(scene.active != on, "wrong_state", said)
    scene.active = on
    scene.save(update_fields=["active"])
    name = "scenarios.open_scene" if on else "scenarios.close_scene"
    record(name, scene, by=by, reason=reason, moved=("OFF", "ON") if on else ("ON", "OFF"))
    return scene
