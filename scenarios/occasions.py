"""What citizens are told of their own account."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Event, User
from office.announcing import HERE_ONLY, Occasion
from scenarios.models import Citizen, Consent, Identity, PartnerLink

_CONSENT = {"scene": "共享单车骑行", "partner": "青岚骑行科技有限公司"}


def phones(people: Collection[int]) -> dict[int, str]:
    """Return person → sealed telephone of those with an account that is open."""
    rows = Identity.objects.filter(citizen__user__in=people).exclude(phone="")
    return dict(rows.values_list("citizen__user", "phone"))


def _consenting(_event: Event, row: Consent) -> list[User]:
    return [row.citizen.user]


def _consent(_event: Event, row: Consent) -> dict[str, Any]:
    return {"scene": str(row.scene), "partner": str(row.partner)}


def _consents(_event: Event, _row: Any) -> str:
    return reverse("me-consents")


def _linked(event: Event, row: Citizen) -> PartnerLink | None:
    links = PartnerLink.objects.filter(citizen=row, partner=event.data.get("partner"))
    return links.select_related("citizen__user", "partner").first()


OCCASIONS = (
    Occasion(
        code="scenarios.consented",
        of="scenarios.consent",
        verbs=("scenarios.consent",),
        who=_consenting,
        facts=_consent,
        link=_consents,
        necessary=True,
        own=True,
        channels=HERE_ONLY,
        subject=_("已授权：%(scene)s"),
        text=_("您同意%(partner)s上报您的“%(scene)s”记录，用来计算减排量。可以随时在“授权”里撤回。"),
        example=_CONSENT,
    ),
    Occasion(
        code="scenarios.withdrawn",
        of="scenarios.consent",
        verbs=("scenarios.withdraw_consent",),
        who=_consenting,
        facts=_consent,
        link=_consents,
        necessary=True,
        own=True,
        channels=HERE_ONLY,
        subject=_("已撤回授权：%(scene)s"),
        text=_("您撤回了对%(partner)s“%(scene)s”的授权，此后的记录不再计算；已经算好的减排量和积分不变。"),
        example=_CONSENT,
    ),
    Occasion(
        code="scenarios.linked",
        of="scenarios.citizen",
        verbs=("scenarios.link",),
        about=_linked,
        who=lambda _event, row: [row.citizen.user],
        facts=lambda _event, row: {"partner": str(row.partner)},
        link=_consents,
        necessary=True,
        channels=HERE_ONLY,
        subject=_("账户已绑定：%(partner)s"),
        text=_("您的账户已与%(partner)s绑定。不是您本人操作的，请在“授权”里撤回授权，并致电服务热线。"),
        example={"partner": "青岚骑行科技有限公司"},
    ),
    Occasion(
        code="scenarios.looked_at",
        of="scenarios.citizen",
        verbs=("scenarios.unmask",),
        who=lambda _event, row: [row.user],
        facts=lambda event, _row: {"said": event.reason},
        link=lambda _event, _row: reverse("me-data"),
        necessary=True,
        subject=_("工作人员查看了您的身份资料"),
        text=_("工作人员为办理业务查看了您的身份资料，理由：%(said)s。“导出我的数据”里有全部查看记录。"),
        sms=_("工作人员为办理业务查看了您的身份资料，理由请登录碳账户查看。"),
        example={"said": "本人来电核对"},
    ),
)
