"""People and the roles they hold."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.direct import read
from accounts.models.organisations import Division, Organisation
from accounts.roles import (
    ADMINISTRATORS,
    DEPUTISED,
    OF_DIVISION,
    OF_ORGANISATION,
    PLACELESS,
    REPRESENTATIVES,
    STAFF,
    VERBS,
    Role,
)
from accounts.scope import scope
from accounts.states import PROPOSAL_BADGES, PROPOSAL_MOVES, ProposalState
from accounts.triggers import AppendOnly, Guard, Moves
from kernel import clock


class TsTzRange(models.Func):
    """The span of time between two columns; without an end it goes on."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class UserManager(BaseUserManager["User"]):
    """People."""

    def create_user(
        self,
        username: str,
        *,
        full_name: str,
        password: str | None = None,
        email: str = "",
        phone_blind: str | None = None,
    ) -> User:
        """Make a person who can sign in; without a password nobody can."""
        user = self.model(
            username=self.model.normalize_username(username), full_name=full_name, email=email, phone_blind=phone_blind
        )
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person who signs in. What the person may do is in the grants, never in flags on this row."""

    username = models.CharField(_("用户名"), max_length=60, unique=True)
    full_name = models.CharField(_("姓名"), max_length=60)
    email = models.EmailField(_("邮箱"), blank=True)
    is_active = models.BooleanField(_("在用"), default=True)
    # How a person who signs in by a code is found; the number itself is kept sealed elsewhere, or not at all.
    phone_blind = models.CharField(_("手机号（盲索引）"), max_length=64, null=True, blank=True, editable=False)
    date_joined = models.DateTimeField(_("加入时间"), default=clock.real_now, editable=False)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["full_name"]
    EMAIL_FIELD = "email"
    is_superuser = False
    # The organisation a signed request acts for: only the person's roles there count then. Not a column.
    acting_for: int | None = None

    objects = UserManager()

    class Meta:
        verbose_name = verbose_name_plural = _("人员")
        constraints = [
            models.UniqueConstraint(
                name="user_phone_once",
                fields=["phone_blind"],
                violation_error_code="phone_taken",
                violation_error_message=_("这个手机号已经注册"),
            ),
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_once",
                condition=~Q(email=""),
                violation_error_code="email_taken",
                violation_error_message=_("这个邮箱已经注册"),
            ),
            models.CheckConstraint(
                name="user_phone_is_blind",
                condition=Q(phone_blind=None) | Q(phone_blind__regex=r"^[0-9a-f]{64}$"),
                violation_error_code="phone_not_blind",
                violation_error_message=_("人员一行只存手机号的盲索引，不存手机号"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.full_name}（{self.username}）"

    def grants_now(self) -> models.QuerySet[RoleGrant]:
        """Return the grants in force at the business time: one's own, and those of the officers one stands in for today."""
        if self.acting_for is not None:  # nobody stands in for the people of an organisation
            return RoleGrant.objects.in_force().filter(user=self, organisation=self.acting_for)
        whose = Q(user=self) | Q(user__in=self.stands_in.in_force().values("absent"), role__in=DEPUTISED)
        return RoleGrant.objects.in_force().filter(whose)

    def grants_held(self) -> list[RoleGrant]:
        """Return those grants with their divisions. A signed request asks straight: each does, and again in its verb."""
        if self.acting_for is None:
            return list(self.grants_now().select_related("division"))
        now = clock.now()
        return read(RoleGrant, GRANTED_NOW, [self.pk, self.acting_for, now, now], also=("division",))

    def verbs(self) -> set[str]:
        """Return the verbs the person may call now, somewhere."""
        return set().union(*(VERBS[role] for role in self.grants_now().values_list("role", flat=True)))

    @property
    def is_staff(self) -> bool:
        """Staff are people with a role of the bureau in force."""
        return self.is_active and self.grants_now().filter(role__in=STAFF).exists()

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Tell whether a role in force has the verb."""
        return self.is_active and perm in self.verbs()

    def has_perms(self, perms: Any, obj: Any = None) -> bool:
        """Tell whether the roles in force have all the verbs."""
        return self.is_active and set(perms) <= self.verbs()

    def has_module_perms(self, app_label: str) -> bool:
        """The admin is open to staff; its desks ask for their verbs."""
        return self.is_staff

    def organisations(self, *roles: str) -> models.QuerySet[Organisation]:
        """Return the organisations the person acts for now, in any or the given roles."""
        grants = self.grants_now().filter(role__in=roles) if roles else self.grants_now()
        return Organisation.objects.filter(pk__in=grants.exclude(organisation=None).values("organisation"))


# What RoleGrantQuerySet.in_force says, of a person in an organisation.
GRANTED_NOW = """
    WHERE t.user_id = %s AND t.organisation_id = %s AND t.valid_from <= %s AND (t.valid_to IS NULL OR t.valid_to > %s)
"""
# Of a period that ends before it starts no range can be made: the check is to refuse it, so the exclusions leave it alone.
ENDS_AFTER_START = Q(valid_to=None) | Q(valid_to__gte=F("valid_from"))
# People of the bureau have a division, people of an organisation have it, the portal and citizens have neither.
HAS_ITS_PLACE = (
    (Q(role__in=sorted(OF_DIVISION)) & Q(division__isnull=False, organisation__isnull=True))
    | (Q(role__in=sorted(OF_ORGANISATION)) & Q(organisation__isnull=False, division__isnull=True))
    | (Q(role__in=sorted(PLACELESS)) & Q(organisation__isnull=True, division__isnull=True))
)


class RoleGrantQuerySet(models.QuerySet["RoleGrant"]):
    """Role grants."""

    def in_force(self) -> RoleGrantQuerySet:
        """Those at the business time."""
        now = clock.now()
        return self.filter(Q(valid_to=None) | Q(valid_to__gt=now), valid_from__lte=now)

    def reaching(self, division: Division) -> RoleGrantQuerySet:
        """Those of a division and of the divisions above it."""
        parts = division.path.split(".")
        return self.filter(division__path__in=[".".join(parts[:n]) for n in range(1, len(parts) + 1)])

    def visible_to(self, user: Any) -> RoleGrantQuerySet:
        """Those inside the divisions of a person of the bureau."""
        reach = scope(user)
        return self.filter(reach.rows(division="division") | reach.rows(division="organisation__division"))


class RoleGrant(models.Model):
    """Who holds which role where, from when to when, given by whom. Ended, never deleted: it answers "on that day?"."""

    user = models.ForeignKey(User, models.PROTECT, related_name="grants", verbose_name=_("人员"))
    role = models.CharField(_("角色"), max_length=16, choices=Role.choices)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="grants", verbose_name=_("单位")
    )
    division = models.ForeignKey(Division, models.PROTECT, null=True, blank=True, verbose_name=_("辖区"))
    valid_from = models.DateTimeField(_("起"), default=clock.now)
    valid_to = models.DateTimeField(_("止"), null=True, blank=True)
    granted_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("授权人")
    )

    objects = RoleGrantQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("角色授权")
        constraints = [
            models.UniqueConstraint(
                name="role_once",
                fields=["user", "role", "organisation", "division"],
                condition=Q(valid_to=None),
                nulls_distinct=False,
                violation_error_code="role_held",
                violation_error_message=_("这个人已有这个角色"),
            ),
            models.UniqueConstraint(
                name="maker_is_not_checker",
                fields=["user", "organisation"],
                condition=Q(valid_to=None, role__in=sorted(REPRESENTATIVES)),
                violation_error_code="same_person",
                violation_error_message=_("同一个人不能在一个单位既当发起代表又当确认代表"),
            ),
            models.CheckConstraint(
                name="role_has_its_place",
                condition=HAS_ITS_PLACE,
                violation_error_code="role_without_place",
                violation_error_message=_("主管部门的角色要填辖区，单位的角色要填单位"),
            ),
            ExclusionConstraint(
                name="administrators_are_three_people",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    ("role", RangeOperators.NOT_EQUAL),
                    (TsTzRange("valid_from", "valid_to"), RangeOperators.OVERLAPS),
                ],
                condition=Q(role__in=sorted(ADMINISTRATORS)) & ENDS_AFTER_START,
                violation_error_code="one_administrator",
                violation_error_message=_("系统管理员、安全管理员、审计管理员要由三个人分别担任"),
            ),
            ExclusionConstraint(
                name="auditor_does_nothing_else",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    (
                        models.Case(
                            models.When(role=Role.AUDITOR, then=1), default=0, output_field=models.IntegerField()
                        ),
                        RangeOperators.NOT_EQUAL,
                    ),
                    (TsTzRange("valid_from", "valid_to"), RangeOperators.OVERLAPS),
                ],
                condition=~Q(role=Role.CITIZEN) & ENDS_AFTER_START,  # citizens are many, and limited to their own
                violation_error_code="auditor_alone",
                violation_error_message=_("审计人员不能同时有别的角色，有别的角色的人也不能当审计人员"),
            ),
            models.CheckConstraint(
                name="role_ends_after_start",
                condition=ENDS_AFTER_START,
                violation_error_code="role_period",
                violation_error_message=_("授权的止期不能早于起期"),
            ),
            # For good, not only at one time: an account is not passed on to another by passing on the role.
            ExclusionConstraint(
                name="holder_is_one_person",
                expressions=[("organisation", RangeOperators.EQUAL), ("user", RangeOperators.NOT_EQUAL)],
                condition=Q(role=Role.HOLDER),
                violation_error_code="holder_taken",
                violation_error_message=_("个人持有账户只由本人一人使用，不能再授权给别人"),
            ),
            ExclusionConstraint(
                name="holder_of_one_account",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    ("organisation", RangeOperators.NOT_EQUAL),
                    (TsTzRange("valid_from", "valid_to"), RangeOperators.OVERLAPS),
                ],
                condition=Q(role=Role.HOLDER) & ENDS_AFTER_START,
                violation_error_code="holds_another",
                violation_error_message=_("一个人只能使用自己的一个持有账户，不能借用别人的"),
            ),
        ]
        triggers = [
            Guard(
                name="role_of_a_person",
                operation=pgtrigger.Insert | pgtrigger.Update,
                code="not_a_person",
                message=_("个人持有人这个角色只给自然人的账户，自然人的账户也只有这个角色"),
                body="""
                    IF NEW.organisation_id IS NOT NULL AND (NEW.role = 'HOLDER') IS DISTINCT FROM (
                        SELECT kind = 'PERSON' FROM accounts_organisation WHERE id = NEW.organisation_id) THEN {refuse}
                    END IF;
                    RETURN NEW;
                """,
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.get_role_display()} {self.organisation or self.division or ''}".strip()


class RoleProposalQuerySet(models.QuerySet["RoleProposal"]):
    """Proposals of roles."""

    def visible_to(self, user: Any) -> RoleProposalQuerySet:
        """Those inside the divisions of a person of the bureau."""
        reach = scope(user)
        return self.filter(reach.rows(division="division") | reach.rows(division="organisation__division"))


class RoleProposal(models.Model):
    """The system administrator proposes somebody for a role; the security administrator grants it, or does not."""

    State, MOVES = ProposalState, PROPOSAL_MOVES

    user = models.ForeignKey(User, models.PROTECT, related_name="proposals", verbose_name=_("人员"))
    role = models.CharField(_("角色"), max_length=16, choices=Role.choices)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("单位")
    )
    division = models.ForeignKey(
        Division, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("辖区")
    )
    reason = models.TextField(_("理由"))
    state = models.CharField(_("状态"), max_length=10, choices=ProposalState.choices, default=ProposalState.PROPOSED)
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("提名人"))
    proposed_at = models.DateTimeField(_("提名时间"), default=clock.now)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("办结人"))
    closed_at = models.DateTimeField(_("办结时间"), null=True)
    grant = models.OneToOneField(
        RoleGrant, models.PROTECT, null=True, related_name="proposal", verbose_name=_("角色授权")
    )

    objects = RoleProposalQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("角色提名")
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                name="proposal_has_its_place",
                condition=HAS_ITS_PLACE & Q(role__in=sorted(OF_DIVISION | OF_ORGANISATION)),
                violation_error_code="role_without_place",
                violation_error_message=_("主管部门的角色要填辖区，单位的角色要填单位"),
            ),
            models.CheckConstraint(
                name="proposal_granted_by_another",
                condition=~Q(state=ProposalState.GRANTED) | ~Q(closed_by=F("proposed_by")),
                violation_error_code="same_person",
                violation_error_message=_("提名的人不能自己授权，请安全管理员办理"),
            ),
            models.CheckConstraint(
                name="proposal_not_ones_own",
                condition=~Q(user=F("proposed_by")) & (Q(closed_by=None) | ~Q(user=F("closed_by"))),
                violation_error_code="own_role",
                violation_error_message=_("不能给自己提名或授权"),
            ),
            models.CheckConstraint(
                name="proposal_closed_as_it_says",
                condition=Q(state=ProposalState.PROPOSED, closed_by=None, closed_at=None, grant=None)
                | Q(state=ProposalState.REFUSED, closed_by__isnull=False, closed_at__isnull=False, grant=None)
                | Q(
                    state=ProposalState.GRANTED,
                    closed_by__isnull=False,
                    closed_at__isnull=False,
                    grant__isnull=False,
                ),
                violation_error_code="proposal_without_name",
                violation_error_message=_("办结的提名要写明由谁在什么时候办理，授权了的要有授权"),
            ),
            models.UniqueConstraint(
                name="proposal_open_once",
                fields=["user", "role", "organisation", "division"],
                condition=Q(state=ProposalState.PROPOSED),
                nulls_distinct=False,
                violation_error_code="role_proposed",
                violation_error_message=_("这个人的这个角色已有一件待授权的提名"),
            ),
        ]
        triggers = [
            Moves(name="proposal_moves", moves=PROPOSAL_MOVES, start=[ProposalState.PROPOSED]),
            AppendOnly(name="proposal_append_only", may_change=("state", "closed_by", "closed_at", "grant")),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.get_role_display()} {self.organisation or self.division or ''}".strip()

    @property
    def badge(self) -> str:
        """The tone of the state's badge."""
        return PROPOSAL_BADGES[ProposalState(self.state)]
