"""Tables that come in: what is read, what is refused and how it is said, and a list of organisations and people taken in by it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from python_calamine import CalamineWorkbook

from accounts.models import Event, Organisation, RoleProposal, TableIn, User
from accounts.services.importing import COLUMNS, PURPOSE, import_people
from accounts.services.tables import FORGOTTEN_AFTER, keep_table, opened
from accounts.tables import MOST_BYTES, Wanted, read_table
from carbon_portal.story import World
from kernel import clock
from kernel.rules import RuleViolation
from office.tasks import forget
from tests.refusals import forbidden, nothing_changed, refused
from tests.worlds import last_event

TWO = (Wanted("名称"), Wanted("数量", required=False, most=20, also=("quantity",)))
IMPORT = "/manage/accounts/organisation/import/"
HEAD = "单位名称,统一社会信用代码,单位性质,区划代码,法定代表人,姓名,用户名,手机号,角色"
NEW, OTHER, FAR = "91990100MA5C90014E", "91990100MA5C900229", "91990100MA5C900304"


def book(write: Callable[[Any, Any], None]) -> bytes:
    """Return a workbook of one sheet."""
    file = io.BytesIO()
    made = xlsxwriter.Workbook(file)
    write(made, made.add_worksheet())
    made.close()
    return file.getvalue()


def said(name: str, content: bytes, **other: Any) -> str:
    """Return what a file is refused with: the sentence, and what is wrong where."""
    with pytest.raises(RuleViolation) as caught:
        read_table(name, content, TWO, **other)
    refusal = caught.value
    return "；".join([str(refusal), *(f"{row.row}/{row.field}/{row.message}" for row in refusal.rows)])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("split", [",", "\t", ";"])
def test_a_csv_is_read_in_both_encodings(encoding: str, split: str) -> None:
    text = f'名称{split}quantity{split}别的\r\n\r\n青川{split}1{split}x\r\n{split}{split}\r\n"两\n行"{split} 2 {split}\r\n尾{split}3{split}'
    table = read_table("表.csv", text.encode(encoding), TWO)
    assert [(row.at, row.cells["名称"], row.cells["数量"]) for row in table.rows] == [
        (3, "青川", "1"),
        (5, "两\n行", "2"),
        (7, "尾", "3"),
    ]
    assert table.notes == ["没有读这些列：别的"]


def test_a_workbook_is_read_with_days_figures_merged_and_empty_cells() -> None:
    def write(made: Any, sheet: Any) -> None:
        sheet.write_row(1, 0, ["名称", "数量"])
        sheet.write_datetime(2, 0, date(2026, 1, 31), made.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_number(2, 1, 12)
        sheet.merge_range(3, 0, 4, 0, "合并", made.add_format())
        sheet.write_number(3, 1, 0.1)
        sheet.write_row(6, 0, ["公式"])
        sheet.write_formula(6, 1, "=6*7", value=42)
        sheet.write_blank(1_048_575, 16_383, None, made.add_format({"bold": True}))
        made.add_worksheet("别的")

    table = read_table("表.xlsx", book(write), TWO)
    assert [(row.at, *row.cells.values()) for row in table.rows] == [
        (3, "2026-01-31", "12"),
        (4, "合并", "0.1"),
        (7, "公式", "42"),
    ]
    assert [note[:6] for note in table.notes] == ["有些格子是公", "只读第一张工"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "空的"),
        ("名称,数量\n".encode(), "没有一行数据"),
        ("单位,数量\nA,1".encode(), "第 1 行（表头）里没有这些列：名称"),
        ("名称,数量,quantity\nA,1,2".encode(), "这些列有两个：数量"),
        (b"<!DOCTYPE html><html>", "网页"),
        (b"\x89PNG\x00\x00", "不是文本表格"),
        ("名称\n".encode() + b"\xff\xfe", "编码"),
        ('名称\n"没有闭合'.encode(), "不像规范的 CSV"),
        ("名称,数量\n,1\nA,".encode() + b"9" * 21, "2/名称/没有填；3/数量/太长，最多 20 个字"),
        (b"PK\x03\x04 no zip at all", "XLSX"),
        (b"x" * (MOST_BYTES + 1), "超过 2 MB"),
    ],
)  # fmt: skip
def test_what_is_no_such_table_is_refused_in_words(content: bytes, words: str) -> None:
    assert words in said("表.xlsx" if content.startswith(b"PK") else "表.csv", content)


def test_too_many_rows_are_refused() -> None:
    assert "超过 2 行" in said("表.csv", "名称\nA\nB\nC".encode(), most_rows=2)


def test_a_number_that_lost_its_digits_is_found() -> None:
    content = book(lambda _made, sheet: (sheet.write_row(0, 0, ["名称"]), sheet.write_number(1, 0, 91990100500001500)))
    assert "2/名称/数字太长，表格软件已改掉末几位" in said("表.xlsx", content)


def test_bombs_are_measured_before_they_are_opened() -> None:
    """A cell in the last corner takes half a terabyte in the reader; a few kilobytes of zip unpack to gigabytes."""
    assert "表格太大" in said(
        "远.xlsx", book(lambda _made, sheet: (sheet.write(0, 0, "名称"), sheet.write(1_048_575, 16_383, "x")))
    )
    plain = book(lambda _made, sheet: sheet.write(0, 0, "名称"))
    for name, part in (
        (
            "xl/worksheets/far.xml",
            b'<worksheet><sheetData><row r="1048576"><c><v>1</v></c></row></sheetData></worksheet>',
        ),
        ("xl/worksheets/dtd.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><worksheet>&b;</worksheet>'),
        ("xl/worksheets/broken.xml", b"<worksheet><row>"),
        ("xl/bomb.xml", b"<a>" + b" " * 40 * 2**20 + b"</a>"),
    ):
        file = io.BytesIO(plain)
        with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, part)
        assert said("包.xlsx", file.getvalue())


def kept(world: World, text: str, *, who: str = "admin", purpose: str = PURPOSE) -> TableIn:
    """Keep a list as the system administrator."""
    return keep_table(SimpleUploadedFile("名单.csv", text.encode()), purpose=purpose, by=world.people[who])


GOOD = f"""{HEAD}
青川光伏科技,{NEW},企业,9901,李青,李青,li.qing,13900000001,发起代表
青川光伏科技,{NEW},企业,9901,李青,王川,wang.chuan,13900000002,确认代表
青川核证,{OTHER},核证机构,9901,,,,,
"""


def at(world: World, who: str) -> Client:
    """Sign somebody in."""
    client = Client()
    client.force_login(world.people[who])
    return client


def sent(client: Client, text: str, name: str = "名单.csv") -> Any:
    """Send a list to the page."""
    return client.post(IMPORT, {"file": SimpleUploadedFile(name, text.encode())})


def test_a_list_is_previewed_and_then_taken_in_whole(world: World) -> None:
    """Nothing but the sealed file is kept before it is confirmed; the file that was previewed is the one that counts."""
    admin = at(world, "admin")
    assert f'href="{IMPORT}"' in admin.get("/manage/accounts/organisation/").content.decode()
    answer = sent(admin, GOOD)
    assert answer.status_code == 200
    assert {str(name): value for name, value in answer.context["facts"][2:]} == {
        "行数": 3,
        "新登记单位": 2,
        "已登记单位": 0,
        "新登记人员（待授权）": 2,
    }
    table = TableIn.objects.get()
    assert "13900000001" not in table.sealed
    assert not User.objects.filter(username="li.qing").exists()
    assert not Event.objects.filter(verb="accounts.register_organisation", object_label="青川核证").exists()
    assert admin.post(IMPORT, {"kept": table.pk}).status_code == 302
    assert set(Organisation.objects.filter(uscc__in=[NEW, OTHER]).values_list("kind", flat=True)) == {
        "COMPANY",
        "VERIFIER",
    }
    assert set(RoleProposal.objects.filter(organisation__uscc=NEW).values_list("user__username", "role", "state")) == {
        ("li.qing", "MAKER", "PROPOSED"),
        ("wang.chuan", "CHECKER", "PROPOSED"),
    }
    event = last_event(verb="accounts.import_people")
    assert (event.actor, event.data["sha256"], event.data["people"]) == (world.people["admin"], table.sha256, 2)
    assert "13900000001" not in str(list(Event.objects.values_list("data", "reason", "object_label")[:20]))
    refused(import_people, TableIn.objects.get(), by=world.people["admin"], code="table_applied")
    assert admin.post(IMPORT, {"kept": table.pk}).status_code == 409


def test_every_wrong_row_is_named_and_none_is_taken_in(world: World) -> None:
    known = world.organisations["owner"]
    text = f"""{HEAD}
青川光伏科技,{NEW},企业,9901,,李青,Li Qing,13900000001,发起代表
青川光伏科技,{NEW[:-1]}1,企业,9901,,,,,
青川核证,{OTHER},行会,0000,,,,,
{known.name}改名,{known.uscc},企业,9901,,,,,
青川核证,{OTHER},核证机构,9901,,周核,zhou.he,13900000003,发起代表
青川核证,{OTHER},核证机构,9901,,=1+1,officer,138,核证人员
青川核证,{OTHER},核证机构,9901,,周核,,,核证人员
"""
    admin = at(world, "admin")
    people = User.objects.count()
    answer = sent(admin, text)
    assert answer.status_code == 409
    errors = answer.context["errors"]
    assert [error.partition("：")[0] for error in errors] == [
        "第 2 行，用户名",
        "第 3 行，统一社会信用代码",
        "第 4 行，单位性质",
        "第 5 行，单位名称",
        "第 6 行，角色",
        "第 7 行，手机号",
        "第 8 行，用户名",
    ]
    listed = admin.get(f"{IMPORT}{answer.context['errors_url']}")
    assert "attachment" in listed["Content-Disposition"]
    assert len(listed.content.decode("utf-8-sig").splitlines()) == 8
    assert admin.post(IMPORT, {"kept": TableIn.objects.get().pk}).status_code == 409
    assert (User.objects.count(), Organisation.objects.filter(uscc__in=[NEW, OTHER]).count()) == (people, 0)
    assert TableIn.objects.get().applied_at is None


def test_a_known_person_phone_or_place_is_refused_in_its_row(world: World) -> None:
    admin = world.people["admin"]
    import_people(kept(world, GOOD), by=admin)
    row = f"青川光伏科技,{NEW},企业,9901,,赵三"
    again = f"{HEAD}\n{row},li.qing,13900000009,发起代表\n{row},zhao.san,13900000001,发起代表\n"
    rows = refused(import_people, kept(world, again), by=admin, code="bad_rows").rows
    assert [(row.row, row.field) for row in rows] == [(2, "用户名"), (3, "手机号")]
    far = f"{HEAD}\n远方光伏,{FAR},企业,99,,,,,\n"
    rows = refused(import_people, kept(world, far), by=admin, code="bad_rows").rows
    assert "辖区" in str(rows[0].message)


def test_a_list_is_its_senders_alone(world: World) -> None:
    table = kept(world, GOOD)
    forbidden(import_people, table, by=world.people["officer"])
    forbidden(keep_table, SimpleUploadedFile("a.csv", b"a"), purpose=PURPOSE, by=world.people["officer"])
    refused(
        import_people,
        kept(world, GOOD, purpose="office.import_calendar_table"),
        by=world.people["admin"],
        code="wrong_table",
    )
    assert at(world, "officer").get(IMPORT).status_code == 403
    assert list(TableIn.objects.visible_to(world.people["officer"])) == []
    admin = at(world, "admin")
    with nothing_changed():
        assert admin.post(IMPORT, {"kept": "0"}).status_code == 404
        assert admin.post(IMPORT, {"kept": "x"}).status_code == 404
        assert admin.post(IMPORT, {}).status_code == 400


def test_what_nobody_confirmed_is_forgotten(world: World) -> None:
    table = kept(world, GOOD)
    forget()
    table.refresh_from_db()
    assert opened(table, COLUMNS, most_rows=9).rows
    with pytest.MonkeyPatch.context() as later:
        later.setattr("accounts.services.tables.FORGOTTEN_AFTER", -FORGOTTEN_AFTER)
        forget()
    table.refresh_from_db()
    assert (table.sealed, len(table.sha256)) == ("", 64)
    refused(import_people, table, by=world.people["admin"], code="bad_file")
    assert clock.now() > table.uploaded_at


def test_the_template_can_be_filled_in_and_sent_back(world: World) -> None:
    answer = at(world, "admin").get(f"{IMPORT}?template=1")
    sheets = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    assert sheets.sheet_names == ["填写", "说明"]
    table = read_table("模板.xlsx", answer.content, COLUMNS)
    assert table.rows[0].cells["用户名"] == "li.qing"
