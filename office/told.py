"""How the verbs of the office are told on desks: verb → words, and the tone on a timeline."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TOLD: dict[str, tuple[str | Promise, str]] = {
    "office.file_objection": (_("提出异议"), ""),
    "office.accept_objection": (_("受理异议"), ""),
    "office.dismiss_objection": (_("不予受理异议"), ""),
    "office.investigate_objection": (_("开始调查"), ""),
    "office.extend_objection": (_("延长答复期限"), ""),
    "office.uphold_objection": (_("异议成立"), ""),
    "office.overrule_objection": (_("异议不成立"), ""),
    "office.answer_objection": (_("答复异议"), ""),
    "office.close_objection": (_("异议办结"), ""),
    "office.read_filer": (_("查看异议人"), ""),
    "office.record_outage": (_("录入网站停运"), ""),
    "office.extend_notice": (_("公示期延长"), ""),
    "office.import_calendar": (_("导入全年安排"), ""),
    "office.import_calendar_table": (_("用表格导入全年安排"), ""),
    "methodologies.import_factors": (_("导入排放因子"), ""),
    "office.ask_export": (_("申请导出账册"), ""),
    "office.export_list": (_("申请导出"), ""),
    "office.make_export": (_("生成导出"), ""),
    "office.cancel_export": (_("取消导出"), ""),
    "office.retry_export": (_("重新生成导出"), ""),
    "office.download_export": (_("下载导出"), ""),
    "office.remove_export": (_("到期删除导出文件"), ""),
    "office.send_message_again": (_("消息重发"), ""),
    "accounts.keep_paper": (_("存档文件"), ""),
}
