"""The words for what a document says by a code."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

EVIDENCE: dict[str, Any] = {
    "A": _("A 级：系数写在官方文本里"),
    "B": _("B 级：物理关系或法定默认值，公式由本平台整理"),
    "C": _("C 级：平台或媒体公布的数值，可按场景配置"),
    "X": _("X 级：不得用于签发"),
}
CHAPTERS: dict[str, Any] = {
    "applicability": _("适用范围"),
    "baseline": _("基准线"),
    "monitoring": _("监测要求"),
    "crediting": _("计入期"),
    "additionality": _("额外性"),
    "declaration": _("不重复申报声明"),
    "rights": _("各参与方的权益"),
    "note": _("说明"),
}
KINDS: dict[str, Any] = {
    "quantitative": _("定量"),
    "qualitative": _("定性，只计积分"),
    "emission": _("排放核算，不产生减排量"),
}
BASIS: dict[str, Any] = {
    "activity": _("按活动发生日取系数"),
    "report": _("按报告日取系数"),
    "application": _("按申请日取系数"),
    "fixed": _("系数固定，不随年份更换"),
}
