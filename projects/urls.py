"""Addresses of owners, verifiers and public notices."""

from django.urls import path
from django.utils.translation import gettext_noop as _

from projects.forms import SceneProjectForm
from projects.services import applications, periods
from projects.views import cases, claims, counter, field, public

SENT_BACK = _("申请会回到发起代表手里修改，改好后要重新提交。")
WITHDRAWN = _("撤回后本次申请结束，不能恢复；还要登记的话，要重新申请。")

urlpatterns = [
    path("notices/", public.notices, name="notices"),
    path("notices/<int:pk>/", public.notice, name="notice"),
    path("notices/<int:pk>/papers/<int:paper>/", public.paper, name="notice-paper"),
    path("files/<uuid:token>/", public.file, name="file"),
    path("owner/", cases.owner_home, name="owner-home"),
    path("owner/projects/new/", cases.new, name="project-new"),
    path("owner/projects/new-scene/", cases.new, {"kind": SceneProjectForm}, name="project-new-scene"),
    path("owner/projects/<int:pk>/", cases.case, name="project-case"),
    path("owner/projects/<int:pk>/decision.pdf", cases.decision, name="project-decision"),
    path("owner/projects/<int:pk>/edit/", cases.edit, name="project-edit"),
    path(
        "owner/projects/<int:pk>/submit/",
        cases.press(applications.submit, _("已提交，请贵单位确认代表登录确认。")),
        name="project-submit",
    ),
    path(
        "owner/projects/<int:pk>/confirm/",
        cases.press(applications.confirm, _("已确认，申请送达主管部门。")),
        name="project-confirm",
    ),
    path(
        "owner/projects/<int:pk>/send-back/",
        cases.ask_reason(applications.send_back, _("退回发起代表"), SENT_BACK),
        name="project-send-back",
    ),
    path(
        "owner/projects/<int:pk>/withdraw/",
        cases.ask_reason(applications.withdraw, _("撤回申请"), WITHDRAWN, harm=True),
        name="project-withdraw",
    ),
    path("owner/projects/<int:pk>/periods/new/", cases.open_period, name="period-new"),
    path("owner/projects/<int:pk>/periods/claim/", cases.open_claim_period, name="claim-period-new"),
    path("owner/periods/<int:pk>/", claims.period, name="period"),
    path("owner/periods/<int:pk>/upload/", claims.upload, name="period-upload"),
    path("owner/periods/<int:pk>/readings/", claims.readings, name="period-readings"),
    path("owner/periods/<int:pk>/bills/", claims.upload_bills, name="period-bills"),
    path("owner/periods/<int:pk>/bills/template/", claims.bills_template, name="period-bills-template"),
    path("owner/periods/<int:pk>/report/", claims.report, name="period-report"),
    path(
        "owner/periods/<int:pk>/apply/",
        claims.press(periods.apply_issue, _("已申请签发，请贵单位确认代表登录确认。")),
        name="period-apply",
    ),
    path(
        "owner/periods/<int:pk>/confirm/",
        claims.press(periods.confirm_issue, _("已确认，签发申请送达主管部门。")),
        name="period-confirm",
    ),
    path("figures/<int:pk>/workbook.xlsx", claims.workbook, name="figure-workbook"),
    path("counter/", counter.applicant, name="counter"),
    path("counter/<int:owner>/new/", counter.new, name="counter-new"),
    path("counter/projects/<int:pk>/correct/", counter.correct, name="counter-correct"),
    path("counter/entries/<int:pk>/", counter.receipt, name="counter-receipt"),
    path("counter/entries/<int:pk>/scan/", counter.scan, name="counter-scan"),
    path("field/", field.home, name="field-home"),
    path("field/worker.js", field.worker, name="field-worker"),
    path("field/token/", field.token, name="field-token"),
    path("field/photos/<int:pk>/", field.photo, name="field-photo"),
    path("field/<int:pk>/", field.form, name="field"),
    path("field/<int:pk>/send/", field.send, name="field-send"),
    path("verifier/", claims.verifier_home, name="verifier-home"),
    path("verifier/periods/<int:pk>/", claims.verifier_period, name="verifier-period"),
    path("verifier/periods/<int:pk>/sample/", claims.sample, name="period-sample"),
    path("verifier/periods/<int:pk>/own-figure/", claims.own_figure, name="period-own-figure"),
    path("verifier/periods/<int:pk>/verify/", claims.verify, name="period-verify"),
    path("verifier/periods/<int:pk>/rectify/", claims.rectify, name="period-rectify"),
]
