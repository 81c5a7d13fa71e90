"""What a partner's system calls: send a file as it is, ask what became of it, fetch what was not counted and why.

The file is the body, unchanged; which scene it is for and what its columns mean stand in the query, so that the signature
covers both.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from typing import Any, cast

from django.core.files.base import ContentFile
from django.http import Http404, StreamingHttpResponse
from django.urls import path, re_path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.described import door
from accounts.models import Attachment, User
from accounts.pages import Listed
from accounts.services.attachments import keep_file
from accounts.shapes import Key
from accounts.tables import plain
from kernel.digest import sha256
from scenarios.models import Partner, Scene, Upload
from scenarios.services import uploads
from scenarios.services.reading import FIELDS, rows
from scenarios.states import UploadState


class Gzip(BaseParser):
    """A body that is the file itself."""

    media_type = "application/gzip"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """Return the bytes as they came."""
        return stream.read()


class Csv(Gzip):
    """The same, not compressed."""

    media_type = "text/csv"


class _Pairs(list[tuple[str, Any]]):
    """A JSON object with its pairs as they stand, so that a column named twice is seen."""


class UploadQuery(serializers.Serializer[Any]):
    """What stands in the query: the scene's code, the file's name, and the file's column for each of our fields."""

    scene = serializers.SlugRelatedField(slug_field="code", queryset=Scene.objects.all())
    name = serializers.CharField(max_length=200)
    mapping = serializers.CharField(max_length=4000)

    def validate_mapping(self, value: str) -> dict[str, str]:
        """A JSON object of text, with each column once."""
        try:
            pairs = json.loads(value, object_pairs_hook=_Pairs)
        except ValueError:
            pairs = None
        if not isinstance(pairs, _Pairs) or not all(isinstance(field, str) for _column, field in pairs):
            raise serializers.ValidationError(_('列对应是一个 JSON 对象，如 {"文件的列": "字段"}'))
        if len(dict(pairs)) < len(pairs):
            raise serializers.ValidationError(_("列对应里有一列写了两次"))
        return dict(pairs)


class UploadShape(serializers.Serializer[Any]):
    """A file and what became of it."""

    number = serializers.CharField(help_text=gettext_lazy("文件编号，SB 开头"))
    scene = serializers.CharField(source="scene.code")
    state = serializers.ChoiceField(UploadState.choices)
    received_at = serializers.DateTimeField()
    sha256 = serializers.CharField(source="file.sha256", help_text=gettext_lazy("收到的文件的 SHA-256"))
    sent = serializers.IntegerField(help_text=gettext_lazy("文件里的行数"))
    accepted = serializers.IntegerField(help_text=gettext_lazy("计入的行数"))
    refused = serializers.IntegerField(help_text=gettext_lazy("没有计入的行数；逐行原因另取"))
    saved_mg = serializers.IntegerField(help_text=gettext_lazy("计入的减排量，整毫克二氧化碳当量"))
    error = serializers.SerializerMethodField(help_text=gettext_lazy("文件读不出来时的原因"))

    def get_error(self, upload: Upload) -> str:
        """Why a file could not be read; nothing of an error of ours, which is tried again."""
        return upload.last_error if upload.state == UploadState.UNREADABLE else ""


TAG = gettext_lazy("合作方上报")
REFUSED = {
    "partner_inactive": gettext_lazy("这家合作方已停用"),
    "scene_not_reported": gettext_lazy("这家合作方没有开通“riding”场景"),
    "bad_mapping": gettext_lazy("缺少字段：trip"),
    "file_empty": gettext_lazy("文件“骑行.csv”是空的（0 字节），请重新导出后再上传"),
}
MAPPING = gettext_lazy('列对应：JSON 对象，文件的列 → 我们的字段，如 {"trip_id": "trip"}')
QUERY = (
    OpenApiParameter("scene", OpenApiTypes.STR, required=True, description=gettext_lazy("场景代码")),
    OpenApiParameter(
        "name", {"type": "string", "minLength": 1, "maxLength": 200}, required=True, description=gettext_lazy("文件名")
    ),
    OpenApiParameter(
        "mapping", {"type": "string", "minLength": 1, "maxLength": 4000}, required=True, description=MAPPING
    ),
)


class Uploads(Listed, Key, APIView):
    """``POST`` takes a file into the queue; ``GET`` lists one's own."""

    parser_classes = [Gzip, Csv]

    @door(TAG, gettext_lazy("列出自己上报的文件"), answers={200: UploadShape(many=True)})
    def get(self, request: Request) -> Response:
        """The newest first."""
        return self.page(request, Upload.objects.visible_to(request.user).select_related("scene", "file"), UploadShape)

    @door(
        TAG,
        gettext_lazy("上报一个文件"),
        told=gettext_lazy("文件原样放在请求内容里，说明写在查询串里，签名同时管住两者。先收下，随后处理；结果另取"),
        query=QUERY,
        body={"application/gzip": OpenApiTypes.BINARY, "text/csv": OpenApiTypes.BINARY},
        answers={202: UploadShape},
        refuses=REFUSED,
        keyed=True,
    )
    def post(self, request: Request) -> Response:
        """Keep the file, then queue it: 202 with its number; the same key again answers the same."""
        key = self.key(request)
        shape = UploadQuery(data=request.query_params.dict())
        shape.is_valid(raise_exception=True)
        by = cast(User, request.user)
        partner = Partner.objects.visible_to(by).first()
        if partner is None:
            raise serializers.ValidationError({"partner": [_("这个密钥所属的单位还不是合作方，请联系运营人员")]})
        content = request.data if isinstance(request.data, bytes) else b""
        about = {
            "file": _kept(partner, content, shape.validated_data["name"], by),
            "mapping": shape.validated_data["mapping"],
        }
        upload = uploads.receive(partner, shape.validated_data["scene"], **about, by=by, key=key)
        return Response(UploadShape(upload).data, status=202)


def _kept(partner: Partner, content: bytes, name: str, by: User) -> Attachment:
    """Return the file as it was kept before, so that the same key and body are the same request, or keep it now."""
    same = Attachment.objects.filter(organisation=partner.organisation, sha256=sha256(content), name=name)
    return same.first() or keep_file(partner.organisation, ContentFile(content, name=name), by=by)


class OneUpload(APIView):
    """``GET``: what became of a file."""

    @door(TAG, gettext_lazy("一个文件处理得怎样"), answers={200: UploadShape}, missing=True)
    def get(self, request: Request, pk: str) -> Response:
        """The file with its counts, once it is settled."""
        return Response(UploadShape(_one(request, pk)).data)


class Refusals(APIView):
    """``GET``: the rows that were not counted, as CSV with what they said and why."""

    @door(
        TAG,
        gettext_lazy("没有计入的行和原因"),
        told=gettext_lazy("CSV：行号、代码、原因，和那一行原来的内容"),
        answers={(200, "text/csv"): OpenApiTypes.STR},
        missing=True,
    )
    def get(self, request: Request, pk: str) -> StreamingHttpResponse:
        """One line for each refused row, in the order of the file."""
        upload = _one(request, pk)
        answer = StreamingHttpResponse(_refused(upload), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{upload.number}-refused.csv"'
        return answer


def _one(request: Request, pk: str) -> Upload:
    upload = Upload.objects.visible_to(request.user).select_related("scene", "file").filter(pk=int(pk)).first()
    if upload is None:
        raise Http404
    return upload


class _Line:
    def write(self, line: str) -> str:
        return line


def _refused(upload: Upload) -> Iterator[str]:
    """Read the kept file again beside the reasons: what a row said is kept once, in the file."""
    writer = csv.writer(_Line())
    yield "\ufeff" + writer.writerow(["row", "code", "reason", *FIELDS, "distance"])
    refused = {refusal.row: refusal for refusal in upload.refusals.all()}
    for number, fields in enumerate(rows(upload.file, upload.mapping) if refused else (), start=1):
        if number in refused:
            refusal = refused[number]
            said = [plain(text) for text in fields or ()]
            yield writer.writerow([number, refusal.code, refusal.get_code_display(), *said])


urlpatterns = [
    path("uploads", Uploads.as_view(), name="api-uploads"),
    re_path(r"^uploads/SB(?P<pk>\d{1,15})$", OneUpload.as_view(), name="api-upload"),
    re_path(r"^uploads/SB(?P<pk>\d{1,15})/refusals$", Refusals.as_view(), name="api-upload-refusals"),
]
