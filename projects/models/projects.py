"""Applications and the projects they become."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.apps import apps
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Division, Event, Organisation, User
from accounts.scope import scope
from accounts.triggers import Guard, Moves, NotForEachOther
from kernel import clock
from methodologies.models import Method
from office.models import Notice, Profile
from projects.models.openings import Opening, by_opening
from projects.states import PROJECT_BADGES, PROJECT_ENDED, PROJECT_MOVES, ProjectState
from scenarios.models import Scene

ENTERED_BY_ANOTHER = _("代录的人不能受理、审核或登记同一件申请，请另一位人员办理；代办视同本人")


def person(label: Any) -> models.ForeignKey:
    """Return the column of a person who took a step."""
    return models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=label)


def second_factor() -> models.ForeignKey:
    """Return the column of the event of a second factor that a natural person gave for a step. Nobody looks for a row by it."""
    return models.ForeignKey(
        Event, models.PROTECT, null=True, editable=False, related_name="+", db_index=False, verbose_name=_("第二因素")
    )


def two_people(name: str, one: str, other: str, message: Any, *, alone: str = "") -> models.CheckConstraint:
    """Return the rule that two steps are taken by two people. ``alone`` is the column of a second factor that stands in for the
    second of them; whose it may be is for a trigger (``registry.models.AloneWithFactor``).
    """
    apart = Q(**{f"{one}__isnull": True}) | Q(**{f"{other}__isnull": True}) | ~Q(**{one: F(other)})
    return models.CheckConstraint(
        name=name,
        condition=apart | Q(**{f"{alone}__isnull": False}) if alone else apart,
        violation_error_code="same_person",
        violation_error_message=message,
    )


class ProjectQuerySet(models.QuerySet["Project"]):
    """Projects."""

    def visible_to(self, user: Any) -> ProjectQuerySet:
        """The owner's own, the bureau's by division, a verifier's by commission."""
        reach = scope(user)
        rows = reach.rows(division="division", organisations=("owner",))
        commissioned = apps.get_model("projects", "MonitoringPeriod")._default_manager
        return self.filter(rows | Q(pk__in=commissioned.filter(verifier__in=reach.organisations).values("project")))

    def public(self) -> ProjectQuerySet:
        """What anybody may read: on notice, registered, revoked."""
        return self.filter(state__in=[ProjectState.PUBLIC_NOTICE, ProjectState.REGISTERED, ProjectState.REVOKED])


# Who objects takes the notice's row too, so an objection and the next step never pass each other. An objection that nobody has
# answered holds both ways out; one that was upheld leaves rejection only, and without one a case on notice is not rejected.
_WAITS = """
    IF OLD.state = 'PUBLIC_NOTICE' AND NEW.state IN ('REGISTERED', 'REJECTED') AND OLD.notice_id IS NOT NULL THEN
        PERFORM 1 FROM office_notice WHERE id = OLD.notice_id FOR NO KEY UPDATE;
        IF EXISTS (SELECT 1 FROM office_objection WHERE notice_id = OLD.notice_id
                AND state NOT IN ('DISMISSED', 'ANSWERED', 'CLOSED'))
            OR (NEW.state = 'REGISTERED') = EXISTS (SELECT 1 FROM office_objection
                WHERE notice_id = OLD.notice_id AND outcome = 'UPHELD')
        THEN {refuse} END IF;
    END IF;
    RETURN NEW;
"""

# A paper stands for the owner's two people, so it is entered in the same transaction as the application goes to the office.
_PAPER = """
    IF OLD.state IN ('DRAFT', 'CORRECTION') AND NEW.state = 'SUBMITTED' AND NOT EXISTS (
        SELECT 1 FROM projects_counterentry WHERE project_id = NEW.id AND txid = pg_current_xact_id()::text::bigint)
    THEN {refuse} END IF;
    RETURN NEW;
"""
# Whoever entered a case, and whom he stood in for, takes no step of the office on it: not by a column, not by a verb that leaves
# only an event, and not as one of the three people of a sign-off.
_APART = """
    IF EXISTS (
        SELECT 1 FROM projects_counterentry entry WHERE entry.project_id = NEW.id AND (
            ARRAY[NEW.accepted_by_id, NEW.approved_by_id, NEW.registered_by_id] && ARRAY[entry.entered_by_id, entry.entered_for_id]
            OR EXISTS (SELECT 1 FROM accounts_event event
                WHERE event.object_type = 'projects.project' AND event.object_id = NEW.id AND event.outcome = 'DONE'
                    AND event.verb IN ('projects.accept', 'projects.ask_correction', 'projects.refuse_acceptance',
                        'projects.approve', 'projects.reject', 'projects.register', 'projects.revoke')
                    AND ARRAY[event.actor_id, event.acted_for_id] && ARRAY[entry.entered_by_id, entry.entered_for_id])
            OR EXISTS (SELECT 1 FROM office_signoff chain
                WHERE chain.object_type = 'projects.project' AND chain.object_id = NEW.id AND chain.state = 'SIGNED'
                    AND ARRAY[chain.drafted_by_id, chain.drafted_for_id, chain.reviewed_by_id, chain.reviewed_for_id,
                        chain.signed_by_id, chain.signed_for_id] && ARRAY[entry.entered_by_id, entry.entered_for_id])))
    THEN {refuse} END IF;
    RETURN NULL;
"""


class Project(models.Model):
    """An application and the project it becomes: of a meter (capacity in kW) or of a citizens' scene. Days in Shanghai."""

    State = ProjectState
    MOVES = PROJECT_MOVES

    name = models.CharField(_("项目名称"), max_length=48)
    owner = models.ForeignKey(Organisation, models.PROTECT, related_name="projects", verbose_name=_("项目业主"))
    division = models.ForeignKey(Division, models.PROTECT, verbose_name=_("项目所在区划"))
    profile = models.ForeignKey(Profile, models.PROTECT, verbose_name=_("机制"))
    method = models.ForeignKey(Method, models.PROTECT, verbose_name=_("方法学"))
    location = models.CharField(_("项目地点"), max_length=200)
    description = models.TextField(_("项目活动和边界"))
    scene = models.ForeignKey(
        Scene, models.PROTECT, null=True, blank=True, related_name="projects", verbose_name=_("场景")
    )
    capacity_kw = models.DecimalField(_("装机容量 kW"), max_digits=12, decimal_places=3, null=True, blank=True)
    meter_no = models.CharField(_("发电计量表号"), max_length=40, null=True, blank=True)
    commissioned_on = models.DateField(_("投运日期"))
    crediting_from = models.DateField(_("计入期起"))
    crediting_to = models.DateField(_("计入期止"))
    unique_elsewhere = models.BooleanField(
        _("未在其他机制登记（CDM、CCER、VCS、GS、绿证、绿电、其他碳普惠）"), default=False
    )
    truth_promised = models.BooleanField(_("承诺材料真实、完整、有效"), default=False)

    state = models.CharField(_("状态"), max_length=16, choices=ProjectState.choices, default=ProjectState.DRAFT)
    acceptance_no = models.CharField(_("受理号"), max_length=30, null=True, blank=True, unique=True)
    project_no = models.CharField(_("项目编号"), max_length=30, null=True, blank=True, unique=True)
    notice = models.OneToOneField(
        Notice, models.PROTECT, null=True, blank=True, related_name="project", verbose_name=_("公示")
    )
    # Of a project that came from another registry: the file it came with, and its number there where that was another.
    opening = models.ForeignKey(
        Opening, models.PROTECT, null=True, blank=True, related_name="projects", verbose_name=_("期初迁入")
    )
    old_no = models.CharField(_("原项目编号"), max_length=60, blank=True)
    created_at = models.DateTimeField(_("创建"), default=clock.now, editable=False)
    submitted_at = models.DateTimeField(_("提交"), null=True, blank=True)
    accepted_at = models.DateTimeField(_("受理"), null=True, blank=True)
    registered_at = models.DateTimeField(_("登记"), null=True, blank=True)
    due_on = models.DateField(_("办结期限"), null=True, blank=True)
    # The clock stands still since this day, while another bureau is asked; and the working days it stood still before.
    paused_on = models.DateField(_("暂停计时"), null=True, blank=True)
    paused_workdays = models.PositiveSmallIntegerField(_("已暂停工作日"), default=0)
    submitted_by = person(_("发起代表"))
    confirmed_by = person(_("确认代表"))
    accepted_by = person(_("受理人"))
    approved_by = person(_("审核人"))
    registered_by = person(_("登记人"))

    objects = ProjectQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("减排项目")
        ordering = ("-pk",)
        indexes = [
            models.Index(fields=["state", "due_on"], name="project_state_due"),
            models.Index(
                fields=["due_on", "id"], name="project_due"
            ),  # a desk of several states shows what is due first
        ]
        constraints = [
            two_people(
                "project_confirmed_by_another", "submitted_by", "confirmed_by", _("发起代表和确认代表要是两个人")
            ),
            two_people("project_approved_by_another", "accepted_by", "approved_by", _("受理人和审核人要是两个人")),
            two_people("project_registered_by_another", "approved_by", "registered_by", _("审核人和登记人要是两个人")),
            models.UniqueConstraint(
                name="project_name_once_per_owner",
                fields=["owner", "name"],
                condition=~Q(state__in=PROJECT_ENDED),
                violation_error_code="project_known",
                violation_error_message=_("本单位已有同名项目，请换一个名称"),
            ),
            models.UniqueConstraint(
                name="project_meter_once",
                fields=["meter_no"],
                condition=~Q(state__in=PROJECT_ENDED),
                violation_error_code="meter_taken",
                violation_error_message=_("这只发电计量表已在另一个项目里，同一度电不能申报两次"),
            ),
            models.UniqueConstraint(
                name="project_scene_once_per_owner",
                fields=["owner", "scene"],
                condition=~Q(state__in=PROJECT_ENDED),
                violation_error_code="scene_taken",
                violation_error_message=_("本单位这个场景已有一个项目，同一批行为不能申报两次"),
            ),
            models.CheckConstraint(
                name="project_of_one_kind",
                condition=Q(scene=None, capacity_kw__isnull=False, meter_no__isnull=False)
                | Q(scene__isnull=False, capacity_kw=None, meter_no=None)
                | Q(opening__isnull=False, scene=None, capacity_kw=None, meter_no=None),
                violation_error_code="kind_unclear",
                violation_error_message=_("项目要么有装机和计量表，要么属于一个场景，不能都有或都没有"),
            ),
            models.CheckConstraint(
                name="project_capacity_positive",
                condition=Q(capacity_kw__gt=0),
                violation_error_code="bad_capacity",
                violation_error_message=_("装机容量要大于 0 kW"),
            ),
            models.CheckConstraint(
                name="project_crediting_period",
                condition=Q(crediting_from__gte=F("commissioned_on")) & Q(crediting_to__gt=F("crediting_from")),
                violation_error_code="bad_crediting_period",
                violation_error_message=_("计入期要从投运之后开始，止期晚于起期"),
            ),
            models.CheckConstraint(
                name="project_registered_has_number",
                condition=~Q(state=ProjectState.REGISTERED) | Q(project_no__isnull=False, registered_by__isnull=False),
                violation_error_code="no_project_number",
                violation_error_message=_("登记的项目要有项目编号和登记人"),
            ),
        ]
        triggers = [
            Moves(
                name="project_moves",
                moves=PROJECT_MOVES,
                start=[ProjectState.DRAFT],
                also="NEW.opening_id IS NOT NULL AND NEW.state = 'REGISTERED'",
            ),
            by_opening("project_moved_in_by_opening"),
            Guard(
                name="project_waits_for_objections",
                operation=pgtrigger.Update,
                code="objection_open",
                message=_("对公示的异议还没有答复，或处理结果不允许这一步"),
                body=_WAITS,
            ),
            Guard(
                name="project_refused_has_decision",
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                timing=pgtrigger.Deferred,
                code="decision_incomplete",
                message=_("不予受理、不予登记和撤销登记都要有决定书"),
                body="""
                    IF NEW.state IN ('NOT_ACCEPTED', 'REJECTED', 'REVOKED') AND NEW.state <> OLD.state AND NOT EXISTS (
                        SELECT 1 FROM projects_decision WHERE project_id = NEW.id AND kind = NEW.state) THEN {refuse}
                    END IF;
                    RETURN NULL;
                """,
            ),
            Guard(
                name="project_waits_for_letters",
                operation=pgtrigger.Update,
                code="opinion_waiting",
                message=_("征求意见函还没有复函，复函或逾期处理后再审核"),
                body="""
                    IF OLD.state = 'ACCEPTED' AND NEW.state IN ('PUBLIC_NOTICE', 'REJECTED') AND EXISTS (
                        SELECT 1 FROM projects_opinionletter WHERE project_id = NEW.id AND state = 'WAITING') THEN {refuse}
                    END IF;
                    RETURN NEW;
                """,
            ),
            Guard(
                name="project_paper_has_entry",
                operation=pgtrigger.Update,
                code="no_scan",
                message=_("没有确认代表确认、也没有代录的签字原件，申请不能送达"),
                body=_PAPER,
            ),
            Guard(
                name="project_entered_by_another",
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                timing=pgtrigger.Deferred,
                code="same_person",
                message=ENTERED_BY_ANOTHER,
                body=_APART,
            ),
            NotForEachOther(
                name="project_approved_for_another",
                one=("accepted_by", "projects.accept"),
                other=("approved_by", "projects.approve"),
                message=_("受理人和审核人要是两个人，代办视同本人"),
            ),
            NotForEachOther(
                name="project_registered_for_another",
                one=("approved_by", "projects.approve"),
                other=("registered_by", "projects.register"),
                message=_("审核人和登记人要是两个人，代办视同本人"),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def badge(self) -> str:
        """The badge of the state (design language §9.1)."""
        return PROJECT_BADGES[ProjectState(self.state)]
