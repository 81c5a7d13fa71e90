"""Addresses of the registry."""

from django.urls import path
from django.utils.translation import gettext_noop as _

from registry.models import Retirement, Transfer
from registry.services import retirements, transfers
from registry.views import batches, holdings, orders, public, statements

BACK = _("减排量会退回转出账户，可以再用。")

urlpatterns = [
    path("registry/", public.registry, name="registry"),
    path("registry/projects/<str:project_no>/", public.project, name="registry-project"),
    path("registry/projects/<str:project_no>/batches/<int:pk>.csv", public.batch_csv, name="registry-batch-csv"),
    path("registry/batches/<str:number>/", batches.batch, name="registry-batch"),
    path("registry/claims/<str:number>/leaves.csv", batches.leaves, name="claim-leaves"),
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
