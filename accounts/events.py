"""Writing the event: who did, or was refused, what, on which object, when, from where and why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.context import caller, noted, stands_in_for
from accounts.direct import add
from accounts.models import Event
from kernel import clock

# How the desks tell what happened: verb → words, and the tone where it is not the usual one.
TOLD = {
    "accounts.issue_api_key": (_("签发接口密钥"), ""),
    "accounts.end_api_key": (_("停用接口密钥"), ""),
    "accounts.enter_by_code": (_("用手机验证码登录"), ""),
    "accounts.propose_role": (_("提名角色"), ""),
    "accounts.grant_proposed_role": (_("授权"), ""),
    "accounts.refuse_proposed_role": (_("不授权"), ""),
    "accounts.grant_role": (_("授权"), ""),
    "accounts.end_role": (_("结束授权"), ""),
    "accounts.read_as_auditor": (_("审计查阅"), ""),
    "accounts.sign_in": (_("登录"), ""),
    "accounts.show_second_factor": (_("输入第二因素"), ""),
    "accounts.set_up_second_factor": (_("设置第二因素"), ""),
    "accounts.end_session": (_("退出其他登录"), ""),
    "accounts.register_by_code": (_("注册"), ""),
    "accounts.ask_second_factor_reset": (_("申请重置第二因素"), ""),
    "accounts.reset_second_factor": (_("重置第二因素"), ""),
    "accounts.refuse_second_factor_reset": (_("不同意重置第二因素"), ""),
    "accounts.keep_table": (_("上传表格"), ""),
    "accounts.import_people": (_("批量登记单位和人员"), ""),
    "accounts.sign_request": (_("签名请求"), ""),
    "accounts.choose_channels": (_("设置消息"), ""),
    "accounts.set_address": (_("登记接收消息的号码或邮箱"), ""),
}
_tell: Callable[[Event, Any], None] | None = None


def told_by(tell: Callable[[Event, Any], None]) -> None:
    """Name the one function that is shown every event, with the row it is about, in the transaction that writes it.

    It is the office's: who is to be told of what. Given at the start of the programme, because this app knows none above it.
    """
    global _tell
    _tell = tell


def record(
    verb: str,
    obj: Any,
    *,
    by: Any,
    reason: str = "",
    moved: tuple[str, str] = ("", ""),
    refused: str = "",
    said: str = "",
    data: dict[str, Any] | None = None,
) -> Event:
    """Append one event and return it. ``refused`` is the code of a refusal and ``said`` what the person was told.

    Business time and real time are both kept, because a demo may move the business clock.
    """
    where, absent = caller(), stands_in_for(by)
    name = getattr(by, "full_name", "") or str(by or "")
    event = add(
        Event,
        verb=verb,
        outcome=Event.Outcome.REFUSED if refused else Event.Outcome.DONE,
        code=refused,
        said=said,
        actor=by if getattr(by, "pk", None) else None,
        actor_name=_("%(deputy)s 代 %(absent)s") % {"deputy": name, "absent": absent.full_name} if absent else name,
        acted_for=absent,
        object_type=obj._meta.label_lower if obj is not None else "",
        object_id=obj.pk if obj is not None else None,
        object_label=str(obj)[:200] if obj is not None else "",
        from_state=moved[0],
        to_state=moved[1],
        reason=reason,
        data={**(data or {}), **noted()},
        business_at=clock.now(),
        real_at=clock.real_now(),
        door=where.door,
        ip=where.ip,
        request_id=where.request_id,
    )
    if _tell is not None:
        _tell(event, obj)
    return event
