"""Verbs of the owner: draft, submit, confirm, correct, withdraw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from accounts.roles import Role
from accounts.workflow import advance, lock, record, require, verb
from kernel import clock
from kernel.identifiers import check_uscc
from methodologies.services.quantify import document_of
from office.models import Profile
from office.services.calendar import calendar
from projects.models import Project
from projects.states import PROJECT_EDITABLE, ProjectState
from scenarios.models import Partner

MEASURED = ("generation_mwh",)  # what a period is metered for, and so what its method may ask for
FIELDS = (
    "name",
    "division",
    "profile",
    "method",
    "location",
    "description",
    "scene",
    "capacity_kw",
    "meter_no",
    "commissioned_on",
    "crediting_from",
    "crediting_to",
    "unique_elsewhere",
    "truth_promised",
)


@verb("projects.draft")
def draft(owner: Organisation, *, by: User, reason: str = "", **fields: Any) -> Project:
    """Start an application for an organisation one makes applications for; ``fields`` are those of ``FIELDS``.

    An application is of a meter (``capacity_kw``, ``meter_no``) or of a ``scene`` the owner reports for. Raises PermissionDenied for
    another's organisation, RuleViolation ``not_your_scene`` or a rule of the table (``project_known``, ``meter_taken`` …).
    """
    require(by.organisations(Role.MAKER).filter(pk=owner.pk).exists(), "not_maker", _("您不是这家单位的发起代表"))
    project = begun(owner, fields)
    record("projects.draft", project, by=by, reason=reason)
    return project


def begun(owner: Organisation, fields: dict[str, Any]) -> Project:
    """Return a new draft with the ``FIELDS`` among ``fields``. Inside a verb, which says who may. Raises as ``draft`` does."""
    project = Project(owner=owner, **{name: fields[name] for name in FIELDS if name in fields})
    _measured(project)
    project.full_clean(validate_constraints=False)
    project.save()
    return project


def _measured(project: Project) -> None:
    """A scene is one the owner reports for; without a scene there has to be a meter. Raises ValidationError, ``not_your_scene``."""
    if project.scene is None:
        missing = [name for name in ("capacity_kw", "meter_no") if getattr(project, name) in (None, "")]
        if missing:
            raise ValidationError({name: _("请填写") for name in missing})
    else:
        partner = Partner.objects.filter(organisation=project.owner, scenes=project.scene).exists()
        require(partner, "not_your_scene", _("本单位没有上报“%s”场景，不能用它申请项目") % project.scene)


@verb("projects.edit")
def edit(project: Project, *, by: User, reason: str = "", **fields: Any) -> Project:
    """Change a draft or an application under correction; the event keeps old and new values."""
    project = lock(project)
    require(
        project.state in PROJECT_EDITABLE, "not_editable", _("申请已提交，不能再改；需要修改请先撤回或等待补正通知")
    )
    changed = changes(project, fields)
    record("projects.edit", project, by=by, reason=reason, data=changed)
    return project


def changes(project: Project, fields: dict[str, Any]) -> dict[str, list[str]]:
    """Write ``fields`` into a locked application; return ``{name: [before, after]}`` of what changed. Inside a verb."""
    changed = {}
    for name in (name for name in FIELDS if name in fields):
        old = getattr(project, name)
        if old != fields[name]:
            changed[name] = [str(old), str(fields[name])]
            setattr(project, name, fields[name])
    _measured(project)
    project.full_clean(validate_constraints=False)
    project.save()
    return changed


@verb("projects.submit")
def submit(project: Project, *, by: User, reason: str = "") -> Project:
    """The maker submits; the checker still has to confirm.

    Gates: credit code, profile in force, a published method (of a scene: its own; else one that computes from the metered
    energy), both promises. Raises RuleViolation with the gate's code.
    """
    project = lock(project)
    complete(project)
    advance(project, ProjectState.CONFIRMING, by=by, reason=reason, submitted_by=by, confirmed_by=None)
    return project


def complete(project: Project) -> None:
    """Refuse what cannot go to the office, from whichever door: the gates of ``submit``. Raises RuleViolation with the gate's code."""
    check_uscc(project.owner.uscc)
    require(project.profile.in_force(clock.today()), "profile_closed", _closed(project.profile))
    require(
        project.method.state == "PUBLISHED", "method_not_published", _("方法学 %s 没有发布，请换一个") % project.method
    )
    said = _("“%s”场景的行为是按另一个方法学核算的，请选那一个")
    scene = project.scene
    require(scene is None or scene.method_id == project.method_id, "other_method", said % scene)
    metered = project.method.kind == "quantitative" and set(document_of(project.method).inputs) == set(MEASURED)
    said = _("方法学 %s 不是按发电量核算的，请换一个")
    require(scene is not None or metered, "method_not_metered", said % project.method)
    require(project.unique_elsewhere, "not_unique", _("请确认项目没有在其他机制登记，同一份减排量不能申报两次"))
    require(project.truth_promised, "no_promise", _("请承诺材料真实、完整、有效"))


def _closed(profile: Profile) -> str:
    words = {"instrument": profile.instrument or profile.title, "from": profile.valid_from, "to": profile.valid_to}
    if profile.valid_from is not None and clock.today() < profile.valid_from:
        return _("“%(instrument)s”自 %(from)s 起施行，现在还不接收申请") % words
    return _("“%(instrument)s”已于 %(to)s 到期，不再接收新的申请；请改选有效的机制") % words


@verb("projects.confirm")
def confirm(project: Project, *, by: User, reason: str = "") -> Project:
    """The checker confirms and the application reaches the office; the clock for acceptance starts.

    Raises RuleViolation ``same_person`` when the maker confirms.
    """
    project = lock(project)
    require(by.pk != project.submitted_by_id, "same_person", _("发起的人不能自己确认，请确认代表登录办理"))
    arrive(project, out_of=[ProjectState.CONFIRMING], by=by, reason=reason, confirmed_by=by)
    return project


def arrive(project: Project, *, out_of: Sequence[ProjectState], by: User, reason: str, **fields: Any) -> None:
    """Bring a locked application out of one of some states before the office; the clock for acceptance starts. Inside a verb."""
    due_on = calendar().add_workdays(clock.today(), project.profile.acceptance_workdays)
    advance(
        project,
        ProjectState.SUBMITTED,
        by=by,
        reason=reason,
        allowed=[(was, ProjectState.SUBMITTED) for was in out_of],
        submitted_at=clock.now(),
        due_on=due_on,
        **fields,
    )


@verb("projects.send_back")
def send_back(project: Project, *, by: User, reason: str) -> Project:
    """The checker gives the application back to the maker with the reason."""
    project = lock(project)
    require(bool(reason.strip()), "no_reason", _("请写明退回的理由"))
    advance(project, ProjectState.DRAFT, by=by, reason=reason, submitted_by=None)
    return project


@verb("projects.withdraw")
def withdraw(project: Project, *, by: User, reason: str) -> Project:
    """The owner withdraws before the result is on public notice."""
    project = lock(project)
    require(bool(reason.strip()), "no_reason", _("请写明撤回的理由"))
    advance(project, ProjectState.WITHDRAWN, by=by, reason=reason, due_on=None)
    return project
