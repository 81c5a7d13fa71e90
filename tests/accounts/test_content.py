"""Uploads that mean harm, and those that do not: a paper is what it says and nothing besides, or it is refused in words."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib

import pikepdf
import pytest
from django.core.files.base import ContentFile
from django.test import Client
from PIL import Image

from accounts.content import JPEG, LONGEST_NAME, MOST_PIXELS, PDF, PNG, XLSX, checked, tidy
from accounts.models import Attachment
from accounts.services.attachments import keep_file
from carbon_portal.story import World
from kernel.rules import RuleViolation
from scenarios.services import reading
from tests import riding
from tests.papers import picture


def pdf(change: object = None) -> bytes:
    """Return a PDF of one page, changed by a function before it is written."""
    made = io.BytesIO()
    with pikepdf.new() as paper:
        paper.add_blank_page()
        if callable(change):
            change(paper)
        paper.save(made)
    return made.getvalue()


def book(parts: dict[str, bytes] | None = None) -> bytes:
    """Return a workbook with these parts besides what makes it one."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in {"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<w/>", **(parts or {})}.items():
            packed.writestr(name, content)
    return made.getvalue()


def huge_png(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes that says it has so many pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")


def _script(paper: pikepdf.Pdf) -> None:
    action = pikepdf.Dictionary(S=pikepdf.Name("/JavaScript"), JS="app.alert(1)")
    paper.Root["/OpenAction"] = paper.make_indirect(action)


def _launch(paper: pikepdf.Pdf) -> None:
    paper.Root["/OpenAction"] = paper.make_indirect(pikepdf.Dictionary(S=pikepdf.Name("/Launch"), F="cmd.exe"))


def _carry(paper: pikepdf.Pdf) -> None:
    paper.attachments["evil.exe"] = b"MZ"


def _fields(paper: pikepdf.Pdf) -> None:
    paper.pages[0]["/AA"] = pikepdf.Dictionary(O=pikepdf.Dictionary(S=pikepdf.Name("/URI")))


SCRIPT = b"<script>alert(1)</script>"
BAD = {
    "a GIF that is a script too": ("票据.gif", b"GIF89a/*" + b"\0" * 20 + b"*/=1;alert(1)", "file_kind"),
    "a GIF under the name of a picture": ("票据.png", b"GIF89a" + b"\0" * 30, "file_kind"),
    "a picture of vectors with a script": ("图.svg", b"<svg xmlns='http://www.w3.org/2000/svg'>" + SCRIPT + b"</svg>", "file_kind"),
    "the same under another name": ("图.png", b"<svg>" + SCRIPT + b"</svg>", "file_kind"),
    "a page under the name of a PDF": ("证明.pdf", b"<html>" + SCRIPT, "file_kind"),
    "a program": ("证明.pdf", b"MZ\x90\x00" + b"\0" * 200, "file_kind"),
    "a picture that says it is a PDF": ("证明.pdf", picture(), "file_kind"),
    "a PDF that says it is a picture": ("证明.png", pdf(), "file_kind"),
    "no name that says what it is": ("证明", pdf(), "file_kind"),
    "two endings": ("证明.pdf.exe", pdf(), "file_kind"),
    "a PDF with a ZIP behind it": ("证明.pdf", pdf() + book(), "file_hides"),
    "a ZIP with a PDF in it": ("证明.pdf", book({"a": pdf()}), "file_kind"),
    "a PDF with a page of script behind it": ("证明.pdf", pdf() + SCRIPT, "file_hides"),
    "a PDF with a script": ("证明.pdf", pdf(_script), "file_hides"),
    "a PDF that starts a program": ("证明.pdf", pdf(_launch), "file_hides"),
    "a PDF with a file in it": ("证明.pdf", pdf(_carry), "file_hides"),
    "a PDF that acts when a page is seen": ("证明.pdf", pdf(_fields), "file_hides"),
    "a PDF cut off": ("证明.pdf", pdf()[:200] + b"\n%%EOF", "file_broken"),
    "a picture of 60,000 by 60,000": ("照片.png", huge_png(60_000, 60_000), "file_too_much"),
    "a picture a little too large": ("照片.png", huge_png(8_000, 8_000), "file_too_much"),
    "a picture cut off": ("照片.jpg", picture("JPEG", (400, 300))[:300], "file_broken"),
    "a ZIP bomb": ("表.xlsx", book({"xl/sheet.xml": b"0" * 40_000_000}), "file_too_much"),
    "many parts": ("表.xlsx", book({f"xl/{i}": b"" for i in range(2_100)}), "file_too_much"),
    "a part outside": ("表.xlsx", book({"../../etc/passwd": b"x"}), "file_hides"),
    "macros": ("表.xlsx", book({"xl/vbaProject.bin": b"x"}), "file_hides"),
    "a ZIP of anything": ("表.xlsx", book()[:40], "file_kind"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_an_upload_that_means_harm_is_refused_in_words(name: str) -> None:
    called, content, code = BAD[name]
    with pytest.raises(RuleViolation) as refused:
        checked(called, content, allowed=(PDF, JPEG, PNG, XLSX))
    assert refused.value.code == code
    said = str(refused.value)
    assert called in said
    assert "请" in said, "says what to do"


def test_a_picture_is_drawn_again_and_says_nothing_of_where_it_was_taken() -> None:
    about = Image.Exif()
    about[0x010F] = "phone of 王小明"
    taken = picture("JPEG", (40, 30), exif=about) + SCRIPT
    kept = checked("照片.JPG", taken)
    assert kept.kind == JPEG
    assert SCRIPT not in kept.content
    with Image.open(io.BytesIO(kept.content)) as shown:
        assert shown.size == (40, 30)
        assert not shown.getexif()
    assert "王小明".encode() not in kept.content


def test_good_papers_are_kept_as_they_are() -> None:
    for name, content, kind in (("证明.pdf", pdf(), PDF), ("表.xlsx", book({"xl/sheet1.xml": b"<x/>"}), XLSX)):
        assert checked(name, content, allowed=(PDF, XLSX)) == (name, content, kind)
    assert checked("图.png", picture()).kind == PNG
    assert MOST_PIXELS > 5_000 * 7_000, "a page scanned at 600 dpi is taken"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\文档\\证明.pdf", "证明.pdf"),
        ("证\u0000明\r\n.pdf", "证明.pdf"),
        ("annex\u202efdp.exe", "annexfdp.exe"),
        ("  .pdf. ", "pdf"),
        ("", "_"),
        ("长" * 400 + ".pdf", "长" * (LONGEST_NAME - 4) + ".pdf"),
    ],
)
def test_a_name_has_no_path_nothing_invisible_and_an_end(name: str, kept: str) -> None:
    assert tidy(name) == kept
    assert len(tidy(name)) <= LONGEST_NAME


def _partners_file(world: World, content: bytes) -> Attachment:
    partner = riding.platform(world)
    return keep_file(partner.organisation, ContentFile(content, name="rides.csv.gz"), by=riding.interface(partner))


@pytest.mark.parametrize("content", [b"0" * 20_000_000, b"user,trip,from,to,metres\n" + b"a" * 20_000_000])
def test_a_gzip_bomb_is_refused_before_it_fills_the_memory(
    world: World, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line without an end is given up at its 65,536th character, whatever it would have unpacked to."""
    file = _partners_file(world, gzip.compress(content))
    with pytest.raises(RuleViolation) as refused:
        list(reading.rows(file, riding.MAPPING))
    assert refused.value.code == "unreadable_file"
    monkeypatch.setattr(reading, "MAX_UNPACKED_BYTES", 1_000_000)
    many = _partners_file(world, gzip.compress(b"user,trip,from,to,metres\n" + b"a,b,c,d,e\n" * 200_000))
    with pytest.raises(RuleViolation) as refused:
        list(reading.rows(many, riding.MAPPING))
    assert refused.value.code == "unreadable_file"


def test_a_kept_file_is_given_back_in_a_sandbox_to_its_own_only(world: World) -> None:
    owner = world.people["owner-maker"]
    kept = keep_file(world.organisations["owner"], ContentFile(SCRIPT, name="a.html"), by=owner)
    kept.refresh_from_db()
    client = Client()
    client.force_login(owner)
    answer = client.get(f"/files/{kept.token}/")
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Type"] == "application/octet-stream"
    assert b"".join(answer.streaming_content) == SCRIPT
    client.force_login(world.people["buyer-maker"])
    assert client.get(f"/files/{kept.token}/").status_code == 404
