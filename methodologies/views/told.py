"""How the verbs of drafts and methods are told on pages and desks: verb → words, and the tone on a timeline."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TOLD: dict[str, tuple[str | Promise, str]] = {
    "methodologies.draft": (_("新建草案"), ""),
    "methodologies.save_draft": (_("修改草案"), ""),
    "methodologies.submit_draft": (_("申报"), ""),
    "methodologies.accept_draft": (_("受理，地市遴选"), ""),
    "methodologies.ask_experts": (_("送专家评估论证"), ""),
    "methodologies.evaluate_draft": (_("专家提交意见"), ""),
    "methodologies.return_draft": (_("退回修改完善"), "you"),
    "methodologies.put_on_notice": (_("公开征求意见"), ""),
    "methodologies.file_draft": (_("备案发布"), ""),
    "methodologies.adopt_draft": (_("照原文载入并发布"), ""),
    "methodologies.reject_draft": (_("不予备案"), ""),
    "methodologies.repeal_method": (_("废止"), ""),
}
