"""A registry moves in through the pages: template, preview, submission, the second officer; and everybody reads 迁入 afterwards."""

from __future__ import annotations

import io

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from python_calamine import CalamineWorkbook

from accounts.models import User
from carbon_portal.story import World
from office.models import Profile
from projects.models import Opening
from registry.models import Batch
from tests.moving import NUMBER, Tables, officers, tables, workbook
from tests.stages import person

NEW = "/manage/projects/opening/new/"


def signed_in(user: User) -> Client:
    """Return the browser of somebody."""
    client = Client()
    client.force_login(user)
    return client


def sent(content: Tables) -> dict[str, object]:
    """Return what the form posts."""
    profile = Profile.objects.get(code="DEMO").pk
    file = SimpleUploadedFile("登记簿.xlsx", workbook(content))
    return {"source": "广州碳普惠登记簿", "as_of": "2025-12-31", "profile": str(profile), "file": file}


def test_the_file_is_previewed_submitted_and_accepted_by_the_second_officer(world: World) -> None:
    first, second = (signed_in(officer) for officer in officers(world))
    template = CalamineWorkbook.from_filelike(io.BytesIO(first.get(f"{NEW}?template=1").content))
    assert template.sheet_names == ["单位", "项目", "批次", "持有", "注销", "说明"]
    preview = first.post(NEW, sent(tables()))
    facts = {str(name): value for name, value in preview.context["facts"]}
    assert (facts["签发"], facts["持有"], facts["已注销"], facts["新登记的单位"]) == (
        "10,363 t",
        "9,000 t",
        "1,363 t",
        2,
    )
    assert not Opening.objects.exists()
    assert first.post(NEW, {name: str(value) for name, value in preview.context["hidden"]}).status_code == 302
    opening = Opening.objects.get()
    desk = "/manage/registry/openingdeskrow/"
    assert opening.sha256 in second.get(f"{desk}{opening.pk}/change/").content.decode()
    pressed = f"{desk}{opening.pk}/press/accept_opening/"
    assert first.post(pressed, {"reason": "", "key": "accept-0001"}).status_code == 409, "not by who sent it"
    assert second.post(pressed, {"reason": "核对一致", "key": "accept-0002"}).status_code == 302
    assert Opening.objects.get().state == "ACCEPTED"
    again = first.post(NEW, sent(tables()))
    assert again.status_code == 409
    assert "已在登记簿里" in again.content.decode()
    _read_by_everybody(world, Batch.objects.get(series__project__project_no=NUMBER))


def _read_by_everybody(world: World, batch: Batch) -> None:
    public = Client()
    page = public.get(f"/registry/projects/{NUMBER}/").content.decode()
    for words in ("由广州碳普惠登记簿迁入", "穗环函〔2024〕12号", "GZZX-2024-0007", "花城马拉松组委会"):
        assert words in page, words
    assert "核证材料在原登记簿" in public.get(f"/registry/batches/{batch}/").content.decode()
    registry = public.get("/registry/?q=马拉松").content.decode()
    assert "迁入前已注销" in registry
    assert "GZZX-2024-0007" in registry
    lines = public.get(f"/registry/projects/{NUMBER}/batches/{batch.pk}.csv").getvalue().decode()
    assert "花城马拉松组委会" in lines
    holder = person(world, "moved-maker", "MAKER", organisation=batch.series.project.owner)
    assert "迁入" in signed_in(holder).get("/owner/holdings/").content.decode()
    assert public.get("/").status_code == 200


def test_errors_name_sheet_row_and_column_and_can_be_taken_away(world: World) -> None:
    first = signed_in(officers(world)[0])
    wrong = tables()
    wrong["单位"][1]["统一社会信用代码"] = "91420100MA4K00002X"
    wrong["持有"][0]["止号"] = "3999"
    answer = first.post(NEW, sent(wrong))
    assert answer.status_code == 409
    said = answer.context["errors"]
    assert "单位，第 3 行，统一社会信用代码：统一社会信用代码第 18 位校验位不对，请核对每一位" in said
    assert "持有，第 2 行，数量：起号到止号是 3,999 t，数量写的是 4,000 t" in said
    listed = first.get(NEW + answer.context["errors_url"]).content.decode("utf-8-sig").splitlines()
    assert listed[0] == "工作表,行,列,要改的地方"
    assert len(listed) == len(said) + 1
    short = tables()
    short["注销"][0]["数量"] = "1362"
    assert "差 1 t" in first.post(NEW, sent(short)).content.decode()
    broken = first.post(NEW, {**sent(short), "file": SimpleUploadedFile("a.csv", b"1,2")})
    assert "一个工作簿" in broken.content.decode()
    assert signed_in(world.people["officer"]).get(NEW).status_code == 403
