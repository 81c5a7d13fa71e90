"""Twelve bills as a table: read into the form of readings, looked at, then saved by the verb there is."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import Attachment
from carbon_portal.story import World
from kernel.rules import RuleViolation
from projects.services.bills import read_bills
from tests.stages import period_in

MONTHS = [date(2025, 1, 1), date(2025, 2, 1)]


def workbook() -> bytes:
    """Two months as somebody fills them in: a day cell, a text; kWh as a figure."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["月份", "电量（kWh）"])
    sheet.write_datetime(1, 0, date(2025, 1, 1), book.add_format({"num_format": "yyyy-mm"}))
    sheet.write_row(2, 0, ["2025年2月", 1234.5])
    sheet.write_number(1, 1, 1000)
    book.close()
    return file.getvalue()


def test_bills_are_read_in_either_unit() -> None:
    wanted = {MONTHS[0]: Decimal(1), MONTHS[1]: Decimal("1.2345")}
    assert read_bills("账单.xlsx", workbook(), months=MONTHS) == wanted
    assert (
        read_bills("账单.csv", "月份,电量（MWh）\n2025-01,1\n2025/2,1.2345\n".encode("gb18030"), months=MONTHS)
        == wanted
    )


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("2025-13,1,", "“2025-13”不是月份"),
        ("2024-12,1,", "2024-12 不在核算期内"),
        ("2025-01,1,", "2025-01 写了两次"),
        ("2025-02,,", "只填一列"),
        ("2025-02,1,1000", "只填一列"),
        ("2025-02,-1,", "不是电量"),
        ("2025-02,=1+1,", "不是电量"),
        ("", "缺 2025-02 的读数"),
    ],
)
def test_a_wrong_bill_is_named(line: str, words: str) -> None:
    with pytest.raises(RuleViolation) as caught:
        read_bills("账单.csv", f"月份,电量（MWh）,电量（kWh）\n2025-01,1,\n{line}\n".encode(), months=MONTHS)
    assert words in str([row.message for row in caught.value.rows])


def test_the_owner_looks_at_the_figures_before_they_are_saved(world: World, settings: object, tmp_path: object) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    period = period_in(world, "DRAFT")
    client = Client()
    client.force_login(world.people["owner-maker"])
    months = [
        f"{period.starts_on.year}-{month:02}" for month in range(period.starts_on.month, period.ends_on.month + 1)
    ]
    text = "月份,电量（kWh）\n" + "".join(f"{month},1234.5\n" for month in months)
    before, files = list(period.months.values_list("energy_kwh", flat=True)), Attachment.objects.count()
    page = client.post(f"/owner/periods/{period.pk}/bills/", {"file": SimpleUploadedFile("账单.csv", text.encode())})
    assert page.content.decode().count('value="1.2345"') == len(months)
    assert list(period.months.values_list("energy_kwh", flat=True)) == before, "nothing is saved yet"
    assert Attachment.objects.count() == files + 1
    values = {f"m{number}": "1.2345" for number in range(period.starts_on.month, period.ends_on.month + 1)}
    assert client.post(f"/owner/periods/{period.pk}/readings/", values).status_code == 302
    assert set(period.months.values_list("energy_kwh", flat=True)) == {Decimal("1234.5")}
    bad = SimpleUploadedFile("账单.csv", "月份\n2025-01\n".encode())
    assert client.post(f"/owner/periods/{period.pk}/bills/", {"file": bad}).status_code == 409
    assert client.get(f"/owner/periods/{period.pk}/bills/template/").status_code == 200
    client.force_login(world.people["buyer-maker"])
    again = SimpleUploadedFile("账单.csv", text.encode())
    assert client.post(f"/owner/periods/{period.pk}/bills/", {"file": again}).status_code in {403, 404}
