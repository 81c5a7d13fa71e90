"""Consents, and the code by which a partner learns which of its users consented without learning who it is."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from accounts.models import Event, User
from accounts.personal import blind
from accounts.workflow import lock, record, require, verb
from kernel import clock
from kernel.digest import sha256
from kernel.identifiers import normalise
from scenarios.models import Binding, Citizen, Consent, Partner, PartnerLink, Scene
from scenarios.states import CitizenState

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without those that look like others
CODE_LENGTH, CODE_MINUTES = 8, 15
TRIES_PER_HOUR = 30


@verb("scenarios.consent")
def consent(
    citizen: Citizen, scene: Scene, partner: Partner, *, by: User, covers_from: datetime | None = None
) -> Consent:
    """Let a partner report one scene from now on; only where the scene allows history, from ``covers_from`` on.

    The row keeps version and digest of the text that was agreed to. Raises RuleViolation ``not_verified``,
    ``scene_closed``, ``scene_not_reported``, ``no_history``, ``consent_period`` or ``consent_given``.
    """
    citizen = lock(citizen)
    require(citizen.state == CitizenState.ACTIVE, "not_verified", _("请先完成实名，再授权"))
    require(scene.active, "scene_closed", _("“%s”现在没有开放") % scene)
    reported = partner.active and partner.scenes.filter(pk=scene.pk).exists()
    require(reported, "scene_not_reported", _("%(partner)s没有接入“%(scene)s”") % {"partner": partner, "scene": scene})
    now = clock.now()
    since = covers_from or now
    require(since <= now, "consent_period", _("授权不能从将来的一天开始"))
    require(since == now or scene.history_allowed, "no_history", _("这个场景的授权不能追溯以前的骑行"))
    given = Consent.objects.create(
        citizen=citizen,
        scene=scene,
        partner=partner,
        version=scene.consent_version,
        text_digest=sha256(scene.consent_text.encode()),
        granted_at=now,
        covers_from=since,
    )
    said = {"version": given.version, "digest": given.text_digest, "covers_from": since.isoformat()}
    record("scenarios.consent", given, by=by, data=said)
    return given


@verb("scenarios.withdraw_consent")
def withdraw(consent: Consent, *, by: User) -> Consent:
    """End a consent now; what was counted under it stays counted. Raises RuleViolation ``already_withdrawn``."""
    _citizen, consent = lock(consent.citizen, consent)
    require(consent.withdrawn_at is None, "already_withdrawn", _("这项授权已经撤回"))
    consent.withdrawn_at = max(clock.now(), consent.granted_at)
    consent.save(update_fields=["withdrawn_at"])
    record("scenarios.withdraw_consent", consent, by=by)
    return consent


@verb("scenarios.make_binding_code")
def binding_code(citizen: Citizen, partner: Partner, *, by: User) -> str:
    """Return a code the citizen types at the partner within 15 minutes, once. It is shown now and kept only as a blind index."""
    citizen = lock(citizen)
    require(citizen.state == CitizenState.ACTIVE, "not_verified", _("请先完成实名，再授权"))
    linked = PartnerLink.objects.filter(partner=partner, citizen=citizen).exists()
    require(not linked, "citizen_linked", _("这个账户在这家平台已经绑定了一个用户号"))
    code = "".join(secrets.choice(LETTERS) for _place in range(CODE_LENGTH))
    until = clock.real_now() + timedelta(minutes=CODE_MINUTES)
    Binding.objects.create(citizen=citizen, partner=partner, code_blind=blind("binding", code), expires_at=until)
    record("scenarios.make_binding_code", citizen, by=by, data={"partner": partner.pk})
    return code


@verb("scenarios.link")
def link(partner: Partner, *, code: str, subject: str, by: User) -> PartnerLink:
    """Link a partner's own number of a user to the citizen who showed the code. Codes are spent by real time.

    Raises RuleViolation ``too_many_tries``, ``bad_subject``, ``code_unknown``, ``code_used``, ``code_expired``,
    ``not_verified``, ``subject_linked`` or ``citizen_linked``.
    """
    _not_guessing(by)
    require(0 < len(subject) <= 80 and subject.isprintable(), "bad_subject", _("用户号应为 1 到 80 个可见字符"))
    hidden = blind("binding", normalise(code).replace("-", "").replace(" ", ""))
    binding = Binding.objects.filter(partner=partner, code_blind=hidden).select_related("citizen").first()
    if binding is None:
        require(False, "code_unknown", _("没有这个绑定码，请用户重新取一个"))
    assert binding is not None  # noqa: S101  refused above
    citizen, binding = lock(binding.citizen, binding)
    require(binding.used_at is None, "code_used", _("这个绑定码已经用过"))
    require(clock.real_now() <= binding.expires_at, "code_expired", _("绑定码已过期，请用户重新取一个"))
    require(citizen.state == CitizenState.ACTIVE, "not_verified", _("这个账户现在不能绑定"))
    binding.used_at = clock.real_now()
    binding.save(update_fields=["used_at"])
    made = PartnerLink.objects.create(partner=partner, subject=subject, citizen=citizen)
    record("scenarios.link", citizen, by=by, data={"partner": partner.pk})
    return made


def _not_guessing(by: User) -> None:
    """Refuse whoever was wrong too often within the hour; a wrong try left its event."""
    since = clock.real_now() - timedelta(hours=1)
    wrong = Event.objects.filter(
        actor=by, verb="scenarios.link", outcome=Event.Outcome.REFUSED, code="code_unknown", real_at__gte=since
    ).count()
    require(wrong < TRIES_PER_HOUR, "too_many_tries", _("一小时内输错次数太多，请稍后再试"))
