"""The partner's side of binding: a code a user typed there, and the partner's own number of that user."""

from __future__ import annotations

from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.described import door
from accounts.models import User
from accounts.roles import Role
from accounts.shapes import valid
from scenarios.models import Partner
from scenarios.services import consents


class LinkBody(serializers.Serializer[Any]):
    """A binding code as the user typed it, and the number this partner alone uses for the user."""

    code = serializers.CharField(max_length=40, help_text=gettext_lazy("用户取的 8 位绑定码"))
    subject = serializers.CharField(
        max_length=200,
        trim_whitespace=False,
        help_text=gettext_lazy("贵方自己的用户号，1 至 80 个可见字符，只在贵方使用"),
    )


class LinkShape(serializers.Serializer[Any]):
    """The answer, which says nothing about who it is."""

    subject = serializers.CharField()
    linked_at = serializers.DateTimeField()


TAG = gettext_lazy("合作方上报")
REFUSED = {
    "code_unknown": gettext_lazy("没有这个绑定码，请用户重新取一个"),
    "code_used": gettext_lazy("这个绑定码已经用过"),
    "code_expired": gettext_lazy("绑定码已过期，请用户重新取一个"),
    "subject_linked": gettext_lazy("这个用户号已经绑定了一个账户"),
    "citizen_linked": gettext_lazy("这个账户在这家平台已经绑定了一个用户号"),
    "not_verified": gettext_lazy("这个账户现在不能绑定"),
    "bad_subject": gettext_lazy("用户号应为 1 到 80 个可见字符"),
    "too_many_tries": gettext_lazy("一小时内输错次数太多，请稍后再试"),
}


class Links(APIView):
    """``POST`` links one user; the answer says nothing about who it is."""

    @door(
        TAG,
        gettext_lazy("绑定一个用户"),
        told=gettext_lazy("绑定码由用户在本平台取，15 分钟内有效，用一次；回答里没有姓名，也没有账户号"),
        body=LinkBody,
        answers={201: LinkShape},
        refuses=REFUSED,
    )
    def post(self, request: Request) -> Response:
        """201 with the subject and the time, 409 with the reason."""
        body = valid(LinkBody, request)
        user = cast(User, request.user)
        partner = Partner.objects.filter(organisation__in=user.organisations(Role.PARTNER)).first()
        if partner is None:
            raise PermissionDenied(_("只有合作方的接口可以绑定用户"))
        made = consents.link(partner, **body, by=user)
        return Response(LinkShape(made).data, status=201)


urlpatterns = [path("links", Links.as_view(), name="api-links")]
