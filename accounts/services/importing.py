"""Organisations and their people by list: registered and proposed for their roles, all of the list or none of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Division, Organisation, RoleProposal, TableIn, User
from accounts.personal import blind
from accounts.roles import Role
from accounts.services.people import propose_role, register_organisation, register_person
from accounts.services.tables import apply_once, each, opened
from accounts.tables import Row, Wanted
from accounts.workflow import record, require, verb
from kernel.identifiers import check_phone, check_uscc
from kernel.rules import RowError, RuleViolation

PURPOSE = "accounts.import_people"
MOST_ROWS = 500
NAME, CODE, KIND, PLACE = "单位名称", "统一社会信用代码", "单位性质", "区划代码"
PERSON, USERNAME, PHONE, ROLE = "姓名", "用户名", "手机号", "角色"
ROLES = (Role.MAKER, Role.CHECKER, Role.VERIFIER)
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,39}")
COLUMNS = (
    Wanted(NAME, example="青川光伏科技有限公司", also=("名称", "name"), about=gettext_lazy("营业执照上的全称；已登记的单位要与登记一致")),
    Wanted(CODE, example="91990100MA5C00015U", most=40, also=("信用代码", "uscc"), about=gettext_lazy("18 位，设成文本格式")),
    Wanted(KIND, example="企业", most=20, about=gettext_lazy("企业、事业单位、集体经济组织、核证机构之一")),
    Wanted(PLACE, example="9901", most=12, about=gettext_lazy("单位所在区划的代码，要在您的辖区内")),
    Wanted("法定代表人", required=False, most=60),
    Wanted(PERSON, required=False, example="李青", most=60, about=gettext_lazy("一行一人；没有人员就四列都空着")),
    Wanted(USERNAME, required=False, example="li.qing", most=40, about=gettext_lazy("小写字母、数字、点、横线，3 至 40 位")),
    Wanted(PHONE, required=False, example="13800000001", most=20, about=gettext_lazy("用手机验证码第一次登录，然后自己设密码")),
    Wanted(ROLE, required=False, example="发起代表", most=20, about=gettext_lazy("发起代表、确认代表、核证人员之一；安全管理员授权后生效")),
)  # fmt: skip


class Taken(NamedTuple):
    """What a row came to: the organisation, whether it was new, and the proposal of its person where it names one."""

    organisation: Organisation
    new: bool
    proposal: RoleProposal | None


@contextmanager
def _of(column: str) -> Iterator[None]:
    """Let a refusal name the column it is about."""
    try:
        yield
    except RuleViolation as refusal:
        raise RuleViolation(refusal.code, refusal.message, rows=[RowError(None, column, refusal.message)]) from None


@verb("accounts.import_people")
def import_people(table: TableIn, *, by: User, reason: str = "") -> TableIn:
    """Register the organisations and people of a list that was kept, and propose their roles; one refused row refuses all.

    Raises RuleViolation ``table_applied``, ``wrong_table``, ``bad_file`` or ``bad_rows``.
    """
    table = apply_once(table, PURPOSE)
    taken = take_all(opened(table, COLUMNS, most_rows=MOST_ROWS).rows, by=by, source=table.name)
    record("accounts.import_people", table, by=by, reason=reason, data={"sha256": table.sha256, **counted(taken)})
    return table


def take_all(rows: Sequence[Row], *, by: User, source: str) -> list[Taken]:
    """Take in the rows of a list. Raises RuleViolation ``bad_rows`` with every row that is refused."""
    return each(rows, lambda row: _take(row.cells, by, source))


def counted(taken: Sequence[Taken]) -> dict[str, int]:
    """Return how many organisations are new and were known, and how many people are proposed for a role."""
    new = {one.organisation.pk for one in taken if one.new}
    known = {one.organisation.pk for one in taken} - new
    return {"new": len(new), "known": len(known), "people": sum(one.proposal is not None for one in taken)}


def _take(cells: dict[str, str], by: User, source: str) -> Taken:
    organisation, new = _organisation(cells, by)
    about = {column: cells.get(column, "") for column in (PERSON, USERNAME, PHONE, ROLE)}
    if not any(about.values()):
        return Taken(organisation, new, None)
    for column, said in about.items():
        with _of(column):
            require(said, "cell_empty", _("没有填；有人员的行，姓名、用户名、手机号、角色都要填"))
    with _of(USERNAME):
        shape = _("用户名是 3 至 40 位小写字母、数字、点或横线")
        require(_USERNAME.fullmatch(about[USERNAME]), "bad_username", shape)
    with _of(PHONE):
        index = blind("phone", check_phone(about[PHONE]))
        require(not User.objects.filter(phone_blind=index).exists(), "phone_taken", _("这个手机号已经注册"))
    with _of(ROLE):
        role = _among(ROLES, about[ROLE])
        fits = (role == Role.VERIFIER) == (organisation.kind == Organisation.Kind.VERIFIER)
        require(fits, "role_of_another_kind", _("核证人员只属于核证机构，发起代表和确认代表只属于别的单位"))
    with _of(USERNAME):
        name = {"username": about[USERNAME], "full_name": about[PERSON]}
        user = register_person(**name, password=None, phone_blind=index, by=by)
    said = _("批量导入：%s") % source
    return Taken(organisation, new, propose_role(user, role, organisation=organisation, reason=said, by=by))


def _organisation(cells: dict[str, str], by: User) -> tuple[Organisation, bool]:
    with _of(CODE):
        code = check_uscc(cells[CODE])
    with _of(KIND):
        kind = _among(Organisation.Kind, cells[KIND])
        require(kind != Organisation.Kind.BUREAU, "bad_choice", _("主管部门不能批量导入"))
    with _of(PLACE):
        division = Division.objects.filter(code=cells[PLACE]).first()
        if division is None:
            raise RuleViolation("no_such_division", _("没有这个区划代码"))
    known = Organisation.objects.filter(uscc=code).first()
    if known is not None:
        with _of(NAME):
            require(known.name == cells[NAME], "other_name", _("这个信用代码登记的单位名称与这里不同"))
        with _of(KIND):
            require(known.kind == kind, "other_kind", _("这个信用代码登记的单位性质与这里不同"))
        with _of(PLACE):
            require(known.division == division, "other_division", _("这个信用代码登记的区划与这里不同"))
        return known, False
    made = register_organisation(
        uscc=code, name=cells[NAME], kind=kind, division=division, by=by,
        legal_representative=cells.get("法定代表人", ""),
    )  # fmt: skip
    return made, True


def _among(choices: Sequence[Role] | type[Organisation.Kind], said: str) -> str:
    known = {str(one.label): str(one.value) for one in choices}
    with translation.override("zh-hans"):  # the template's own words, whatever the page speaks
        known |= {str(one.label): str(one.value) for one in choices}
    require(said in known, "bad_choice", _("“%s”不是可填的值") % said[:20])
    return known[said]
