"""Divisions, organisations, people and the roles they hold."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.roles import DEPUTISED, OF_ORGANISATION, PLACELESS, REPRESENTATIVES, STAFF, VERBS, Role
from accounts.scope import scope
from kernel import clock


class Division(models.Model):
    """An administrative division (GB/T 2260) or a park below one; ``path`` is its place in the tree, e.g. ``99.9901.990101``."""

    code = models.CharField(_("代码"), max_length=12, unique=True)
    name = models.CharField(_("名称"), max_length=60)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("上级")
    )
    path = models.CharField(_("路径"), max_length=60, unique=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = _("行政区划")
        ordering = ("path",)
        indexes = [models.Index(fields=["path"], name="division_path_like", opclasses=["varchar_pattern_ops"])]

    def __str__(self) -> str:
        return self.name

    @property
    def adm6(self) -> str:
        """The six-digit code that numbers carry."""
        return self.code.ljust(6, "0")[:6]


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    """Organisations."""

    def visible_to(self, user: Any) -> OrganisationQuerySet:
        """One's own organisation, and for staff those of their division."""
        return self.filter(scope(user).rows(division="division", organisations=("pk",)))


class Organisation(models.Model):
    """A legal person: owner, buyer, verifier or office."""

    class Kind(models.TextChoices):
        BUREAU = "BUREAU", _("主管部门")
        COMPANY = "COMPANY", _("企业")
        INSTITUTION = "INSTITUTION", _("事业单位")
        COLLECTIVE = "COLLECTIVE", _("集体经济组织")
        VERIFIER = "VERIFIER", _("核证机构")

    uscc = models.CharField(_("统一社会信用代码"), max_length=18, unique=True)
    name = models.CharField(_("单位名称"), max_length=200)
    kind = models.CharField(_("单位性质"), max_length=12, choices=Kind.choices)
    division = models.ForeignKey(Division, models.PROTECT, verbose_name=_("所在区划"))
    legal_representative = models.CharField(_("法定代表人"), max_length=60, blank=True)
    contact_phone = models.CharField(_("联系电话"), max_length=20, blank=True)
    created_at = models.DateTimeField(_("登记时间"), default=clock.now, editable=False)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("单位")
        ordering = ("name",)
        constraints = [
            models.CheckConstraint(
                name="organisation_uscc_shape",
                condition=Q(uscc__regex=r"^[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}$"),
                violation_error_code="bad_credit_code",
                violation_error_message=_("统一社会信用代码应为 18 位大写字母和数字"),
            )
        ]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """People."""

    def create_user(self, username: str, *, full_name: str, password: str | None = None, email: str = "") -> User:
        """Make a person who can sign in; without a password nobody can."""
        user = self.model(username=self.model.normalize_username(username), full_name=full_name, email=email)
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
        now = clock.now()
        whose = Q(user=self) | Q(user__in=self.stands_in.in_force().values("absent"), role__in=DEPUTISED)
        there = Q() if self.acting_for is None else Q(organisation=self.acting_for)
        return RoleGrant.objects.filter(whose, there, Q(valid_to=None) | Q(valid_to__gt=now), valid_from__lte=now)

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


class RoleGrantQuerySet(models.QuerySet["RoleGrant"]):
    """Role grants."""

    def visible_to(self, user: Any) -> RoleGrantQuerySet:
        """Those inside the divisions of a person of the bureau."""
        reach = scope(user)
        return self.filter(reach.rows(division="division") | reach.rows(division="organisation__division"))


class RoleGrant(models.Model):
    """Who holds which role where, from when to when, given by whom. Ended, never deleted: it answers "on that day?"."""

    user = models.ForeignKey(User, models.PROTECT, related_name="grants", verbose_name=_("人员"))
    role = models.CharField(_("角色"), max_length=12, choices=Role.choices)
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
                condition=(Q(role__in=sorted(STAFF)) & Q(division__isnull=False, organisation__isnull=True))
                | (Q(role__in=sorted(OF_ORGANISATION)) & Q(organisation__isnull=False, division__isnull=True))
                | (Q(role__in=sorted(PLACELESS)) & Q(organisation__isnull=True, division__isnull=True)),
                violation_error_code="role_without_place",
                violation_error_message=_("主管部门的角色要填辖区，单位的角色要填单位"),
            ),
            models.CheckConstraint(
                name="role_ends_after_start",
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                violation_error_code="role_period",
                violation_error_message=_("授权的止期不能早于起期"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.get_role_display()} {self.organisation or self.division or ''}".strip()
