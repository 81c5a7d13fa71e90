"""The desk of messages that would not go out, and the pages of one's own messages in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext_lazy

from accounts.desk import Button, Desk, ReadOnly
from office import inbox as pages
from office.announcing import declared
from office.models import Delivery
from office.services import messages
from office.states import DeliveryState


class DeliveryDeskRow(Delivery):
    """A delivery that was given up."""

    class Meta:
        proxy = True
        verbose_name = verbose_name_plural = gettext_lazy("消息重发台")


@admin.register(DeliveryDeskRow)
class DeliveryDesk(Desk):
    """Look at why messages did not go out, and let them be tried again. Neither words nor addresses are shown."""

    turn, workdays = 80, 1
    buttons = (Button(messages.send_again, gettext_lazy("重发"), (DeliveryState.FAILED, DeliveryState.WAITING)),)
    list_display = ("about", "channel", "badge_of", "attempts", "last_error", "next_at")
    list_filter = ("channel",)
    list_select_related = ("message",)
    ordering = ("pk",)
    fields = (("about", "kind"), ("channel", "state", "attempts"), "last_error", "next_at")
    readonly_fields = ("about", "kind")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Those that were given up."""
        rows: Any = super().get_queryset(request)
        return rows.parked()

    @admin.display(description=gettext_lazy("对象"))
    def about(self, obj: Delivery) -> str:
        """The row the message is about; the message itself is for who it is to."""
        return obj.message.object_label

    @admin.display(description=gettext_lazy("事由"))
    def kind(self, obj: Delivery) -> str:
        """The kind of message, in the words before they are filled."""
        known = declared().get(obj.message.template)
        return str(known.subject) if known is not None else obj.message.template


class InboxAddresses(ReadOnly):
    """The pages of one's own messages hang on the table of deliveries, which the administrator may look at."""

    needs = "office.send_message_again"
    list_display = ("message_id", "channel", "state", "attempts", "sent_at", "last_error")
    list_filter = ("state", "channel")
    fields = (("message_id", "channel", "state"), ("attempts", "next_at", "sent_at"), "last_error")
    readonly_fields = ("message_id",)

    def get_urls(self) -> list[Any]:
        """Add the person's messages and how they come; everybody of the bureau has them."""
        inbox = path("inbox/", self.admin_site.admin_view(self.inbox), name="inbox")
        settings = path("inbox/settings/", self.admin_site.admin_view(self.settings), name="inbox_settings")
        return [inbox, settings, *super().get_urls()]

    def inbox(self, request: HttpRequest) -> HttpResponse:
        """The messages of the person who is signed in."""
        return pages.inbox(request, self._frame(request, gettext_lazy("我的消息")))

    def settings(self, request: HttpRequest) -> HttpResponse:
        """How messages come to the person who is signed in."""
        return pages.settings(request, self._frame(request, gettext_lazy("消息设置")))

    def _frame(self, request: HttpRequest, title: Any) -> pages.Frame:
        more = {**self.admin_site.each_context(request), "title": title}
        names = ("admin:inbox", "admin:inbox_settings")
        return pages.Frame("admin/inbox.html", "admin/inbox_settings.html", *names, more)


admin.site.register(Delivery, InboxAddresses)
