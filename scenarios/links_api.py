"""The partner's side of binding: a code a user typed there, and the partner's own number of that user."""

from __future__ import annotations

from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.urls import path
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from accounts.roles import Role
from accounts.shapes import valid
from scenarios.models import Partner
from scenarios.services import consents


class LinkBody(serializers.Serializer[Any]):
    """A binding code as the user typed it, and the number this partner alone uses for the user."""

    code = serializers.CharField(max_length=40)
    subject = serializers.CharField(max_length=200, trim_whitespace=False)


class Links(APIView):
    """``POST`` links one user; the answer says nothing about who it is."""

    def post(self, request: Request) -> Response:
        """201 with the subject and the time, 409 with the reason."""
        body = valid(LinkBody, request)
        user = cast(User, request.user)
        partner = Partner.objects.filter(organisation__in=user.organisations(Role.PARTNER)).first()
        if partner is None:
            raise PermissionDenied(_("只有合作方的接口可以绑定用户"))
        made = consents.link(partner, **body, by=user)
        return Response({"subject": made.subject, "linked_at": made.linked_at}, status=201)


urlpatterns = [path("links", Links.as_view(), name="api-links")]
