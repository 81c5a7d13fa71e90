"""The verbs of this app in the words of the office, for lists of events."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

TOLD = {
    "scenarios.register_citizen": (_("用手机号开户"), ""),
    "scenarios.verify_identity": (_("实名"), ""),
    "scenarios.consent": (_("授权"), ""),
    "scenarios.withdraw_consent": (_("撤回授权"), ""),
    "scenarios.make_binding_code": (_("取绑定码"), ""),
    "scenarios.link": (_("绑定平台"), ""),
    "scenarios.certify_reduction": (_("开减排证书"), ""),
    "scenarios.export_data": (_("导出数据"), ""),
    "scenarios.close_account": (_("注销账户"), ""),
    "scenarios.unmask": (_("查看身份"), ""),
    "registry.unmask_holder": (_("登记人员查看身份"), ""),
    "scenarios.add_partner": (_("接入合作方"), ""),
    "scenarios.open_scene": (_("启用场景"), ""),
    "scenarios.close_scene": (_("停用场景"), ""),
}
