"""Addresses of the registry."""

from django.urls import path
from django.utils.translation import gettext_noop as _

from registry.models import Retirement, Transfer
from registry.services import pledges, requests, retirements, transfers, venues
from registry.views import account, batches, holdings, holds, opendata, orders, public, seats, serials, statements

BACK = _("减排量会退回转出账户，可以再用。")

DISPOSES = _("登记人员收到法律文书后，由两位人员依文书过户；申请本身不动减排量。")

urlpatterns = [
    path("registry/", public.registry, name="registry"),
    path("registry/projects/<str:project_no>/", public.project, name="registry-project"),
    path("registry/projects/<str:project_no>/batches/<int:pk>.csv", public.batch_csv, name="registry-batch-csv"),
    path("registry/methods/<str:number>/", public.method, name="registry-method"),
    path("registry/open-data/", opendata.dictionary, name="open-data-dictionary"),
    path("registry/open-data/<slug:name>.<slug:kind>", opendata.table, name="open-data"),
    path("registry/serials/", serials.serial, name="serial"),
    path("registry/batches/<str:number>/", batches.batch, name="registry-batch"),
    path("registry/claims/<str:number>/leaves.csv", batches.leaves, name="claim-leaves"),
    path("owner/account/", account.account, name="account"),
    path("owner/account/open/", account.opening, name="account-open"),
    path("owner/account/personal/", account.personal, name="account-personal"),
    path("owner/account/change/", account.change, name="account-change"),
    path("owner/account/restore/", account.restoring, name="account-restore"),
    path("owner/account/close/", account.closing, name="account-close"),
    path("owner/account/requests/<int:pk>/confirm/", account.step(requests.confirm), name="account-request-confirm"),
    path("owner/account/requests/<int:pk>/cancel/", account.step(requests.cancel), name="account-request-cancel"),
    path("owner/holdings/", holdings.holdings, name="holdings"),
    path("owner/statements/", statements.statement, name="statements"),
    path("registry/accounts/<str:number>/statement/", statements.statement, name="statement"),
    path("registry/accounts/<str:number>/statement/file/", statements.statement_file, name="statement-file"),
    path("owner/transfers/new/", holdings.new_transfer, name="transfer-new"),
    path("owner/transfers/<int:pk>/", orders.transfer, name="transfer"),
    path(
        "owner/transfers/<int:pk>/confirm/",
        orders.step(Transfer, transfers.confirm, _("确认转移")),
        name="transfer-confirm",
    ),
    path(
        "owner/transfers/<int:pk>/accept/", orders.step(Transfer, transfers.accept, _("接收")), name="transfer-accept"
    ),
    path(
        "owner/transfers/<int:pk>/refuse/",
        orders.step(Transfer, transfers.refuse, _("拒收"), BACK, reason=True),
        name="transfer-refuse",
    ),
    path(
        "owner/transfers/<int:pk>/cancel/",
        orders.step(Transfer, transfers.cancel, _("取消转移"), BACK, reason=True),
        name="transfer-cancel",
    ),
    path("registry/cases/<str:number>/", holds.case, name="fraud-case"),
    path("owner/cases/<str:number>/decision.pdf", holds.decision, name="fraud-case-decision"),
    path("owner/cases/<str:number>/replace/", holds.replace, name="fraud-case-replace"),
    path("owner/pledges/new/", holds.new_pledge, name="pledge-new"),
    path("owner/pledges/<int:pk>/", holds.pledge, name="pledge"),
    path("owner/pledges/<int:pk>/confirm/", holds.step(pledges.confirm, _("确认质押")), name="pledge-confirm"),
    path("owner/pledges/<int:pk>/accept/", holds.step(pledges.accept, _("接受质押")), name="pledge-accept"),
    path("owner/pledges/<int:pk>/refuse/", holds.step(pledges.refuse, _("不接受"), reason=True), name="pledge-refuse"),
    path(
        "owner/pledges/<int:pk>/cancel/", holds.step(pledges.cancel, _("取消质押"), reason=True), name="pledge-cancel"
    ),
    path("owner/pledges/<int:pk>/release/", holds.step(pledges.release, _("解押")), name="pledge-release"),
    path(
        "owner/pledges/<int:pk>/dispose/",
        holds.step(pledges.ask_disposal, _("申请处置"), DISPOSES, reason=True),
        name="pledge-dispose",
    ),
    path("owner/venue/", seats.seat, name="seat"),
    path("owner/venue/new/", seats.new_order, name="venue-order-new"),
    path("owner/venue/<int:pk>/", seats.order, name="venue-order"),
    path("owner/venue/<int:pk>/confirm/", seats.step(venues.confirm, _("确认划转")), name="venue-order-confirm"),
    path(
        "owner/venue/<int:pk>/cancel/",
        seats.step(venues.cancel, _("取消划转"), reason=True),
        name="venue-order-cancel",
    ),
    path("owner/retirements/new/", holdings.new_retirement, name="retirement-new"),
    path("owner/retirements/<int:pk>/", orders.retirement, name="retirement"),
    path(
        "owner/retirements/<int:pk>/confirm/",
        orders.step(Retirement, retirements.confirm, _("确认注销")),
        name="retirement-confirm",
    ),
    path(
        "owner/retirements/<int:pk>/cancel/",
        orders.step(Retirement, retirements.cancel, _("取消注销"), BACK, reason=True),
        name="retirement-cancel",
    ),
]
