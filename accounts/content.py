"""What may be taken in as a paper: a PDF, a picture or a spreadsheet that is what it says, and nothing else besides.

A file is known by its first bytes, never by its name. A picture is drawn again, so that only its pixels are kept: no place where
it was taken, and nothing hidden behind them. A PDF is kept as it was sent, because it may be signed, and refused when it can act.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Collection
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import filetype
import pikepdf
from django.core.files.base import ContentFile
from django.db.models.fields.files import FieldFile
from django.http import FileResponse
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from accounts.workflow import RuleViolation, require

PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NAMES = {PDF: ("PDF", (".pdf",)), JPEG: ("JPG", (".jpg", ".jpeg")), PNG: ("PNG", (".png",)), XLSX: ("XLSX", (".xlsx",))}
PAPERS = (PDF, JPEG, PNG)
MOST_PIXELS = 40_000_000
MOST_PAGES = 500
MOST_PARTS, MOST_UNPACKED_BYTES, MOST_RATIO = 2_000, 200 * 2**20, 200
LONGEST_NAME = 120
_DOES = {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE", "/Rendition"}
_CARRIES = {"/EmbeddedFile", "/Filespec", "/RichMedia", "/FileAttachment"}
_NAMES = ("/JS", "/JavaScript", "/EmbeddedFiles", "/AA", "/XFA")
_PROGRAM = re.compile(r"(?i)vbaproject|activex|\.(exe|dll|js)$")


class Paper(NamedTuple):
    """A file that may be kept: its tidied name, its content and its media type."""

    name: str
    content: bytes
    kind: str


def checked(name: str, content: bytes, *, allowed: Collection[str] = PAPERS) -> Paper:
    """Return a file as it may be kept. ``allowed`` are media types of ``NAMES``; the caller has bounded the size in bytes.

    Raises RuleViolation ``file_kind`` (another kind, or another than its name says), ``file_hides`` (two kinds in one, a PDF that
    acts), ``file_broken`` or ``file_too_much`` (pixels, pages, what it unpacks to).
    """
    name = tidy(name)
    kind = _kind(content)
    kinds = "、".join(NAMES[one][0] for one in allowed)
    require(
        kind in allowed, "file_kind", _("文件“%(name)s”不是 %(kinds)s，请转换后再传") % {"name": name, "kinds": kinds}
    )
    word, endings = NAMES[kind]
    said = _("文件“%(name)s”的内容是 %(kind)s，与文件名不符，请改名后再传") % {"name": name, "kind": word}
    require(name.lower().endswith(endings), "file_kind", said)
    if kind in (JPEG, PNG):
        content = _drawn_again(name, content, kind)
    elif kind == PDF:
        _still(name, content)
    else:
        _bounded(name, content)
    return Paper(name, content, kind)


def taken_in(name: str, content: bytes) -> ContentFile[bytes]:
    """Return a paper from outside as a Django file that may be kept; raises as ``checked`` does."""
    paper = checked(name, content)
    return ContentFile(paper.content, name=paper.name)


def download(file: FieldFile, name: str) -> FileResponse:
    """Answer with a kept file as a download, in a sandbox should a browser show it all the same."""
    kind = "application/octet-stream"
    answer = FileResponse(file.open("rb"), as_attachment=True, filename=tidy(name), content_type=kind)
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


def tidy(name: str) -> str:
    """Return a file's name without path, invisible or reversing characters, at most 120 characters, its ending kept."""
    last = PurePosixPath(unicodedata.normalize("NFC", str(name)).replace("\\", "/")).name
    seen = "".join(one for one in last if unicodedata.category(one)[0] != "C").strip(" .")
    stem, dot, ending = seen.rpartition(".")
    if dot and len(ending) <= 10:
        return f"{stem[: LONGEST_NAME - len(ending) - 1] or '_'}.{ending}"
    return seen[:LONGEST_NAME] or "_"


def _kind(content: bytes) -> str:
    guessed = filetype.guess(content[:8192])
    kind = str(guessed.mime) if guessed is not None else ""
    if content.startswith(b"PK\x03\x04"):
        return XLSX if _parts(content) >= {"[Content_Types].xml", "xl/workbook.xml"} else "application/zip"
    return kind


def _parts(content: bytes) -> set[str]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            return set(packed.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return set()


def _drawn_again(name: str, content: bytes, kind: str) -> bytes:
    """Return the picture with its pixels only, upright. Its size is read before anything is unpacked."""
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as picture:
            width, height = picture.size
            limit = _("图片“%(name)s”有 %(width)d×%(height)d 像素，太大；请缩小到 %(most)d 万像素以内再传")
            about = {"name": name, "width": width, "height": height, "most": MOST_PIXELS // 10_000}
            require(width * height <= MOST_PIXELS, "file_too_much", limit % about)
            require(getattr(picture, "n_frames", 1) == 1, "file_hides", _("图片“%s”有几帧，请只传一张") % name)
            upright = ImageOps.exif_transpose(picture)
            plain = upright.convert("RGBA" if kind == PNG and upright.has_transparency_data else "RGB")
    except Image.DecompressionBombError:
        raise RuleViolation("file_too_much", _("图片“%s”太大，请缩小后再传") % name) from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        raise RuleViolation("file_broken", _("图片“%s”读不出来，请重新导出或截图后再传") % name) from None
    answer = io.BytesIO()
    plain.save(answer, "PNG" if kind == PNG else "JPEG", **({} if kind == PNG else {"quality": 90}))
    return answer.getvalue()


def _still(name: str, content: bytes) -> None:
    """Refuse a PDF that is another file too, or that does anything when it is opened."""
    two = any(content.find(other, 5) >= 0 for other in (b"PK\x03\x04", b"<script", b"<html"))
    begins = content.startswith(b"%PDF-") and not content[content.rfind(b"%%EOF") + 5 :].strip(b"\r\n \x00")
    require(begins and not two, "file_hides", _("文件“%s”里混有别的文件，请重新导出为 PDF 再传") % name)
    try:
        with pikepdf.open(io.BytesIO(content)) as pdf:
            pages = len(pdf.pages)
            acts = any(_acts(one) for one in pdf.objects)
    except (pikepdf.PdfError, ValueError, RecursionError):
        pages, acts = 0, False
    require(pages > 0, "file_broken", _("PDF“%s”打不开，可能损坏或加了密码，请重新导出再传") % name)
    many = {"name": name, "pages": pages, "most": MOST_PAGES}
    require(pages <= MOST_PAGES, "file_too_much", _("PDF“%(name)s”有 %(pages)d 页，最多 %(most)d 页") % many)
    require(not acts, "file_hides", _("PDF“%s”带有脚本、自动动作或附件，请打印成新的 PDF 再传") % name)


def _acts(one: Any) -> bool:
    """Return whether an object of a PDF runs, starts, sends or carries something."""
    if not isinstance(one, pikepdf.Dictionary | pikepdf.Stream):
        return False
    does = str(one.get("/S", "")) in _DOES
    carries = str(one.get("/Type", "")) in _CARRIES or str(one.get("/Subtype", "")) in _CARRIES
    return does or carries or any(name in one for name in _NAMES)


def _bounded(name: str, content: bytes) -> None:
    """Refuse a spreadsheet that unpacks to far more than it weighs, has macros, or names files outside of itself."""
    much = _("文件“%s”解压后太大，请拆成几个文件再传") % name
    acts = _("文件“%s”带有宏或别的程序，请另存为不带宏的工作簿再传") % name
    broken = _("文件“%s”损坏，请重新导出再传") % name
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        parts = packed.infolist()
        unpacked = sum(part.file_size for part in parts)
        paths = [PurePosixPath(part.filename) for part in parts]
        require(len(parts) <= MOST_PARTS, "file_too_much", much)
        require(unpacked <= min(MOST_UNPACKED_BYTES, MOST_RATIO * len(content)), "file_too_much", much)
        outside = any(path.is_absolute() or ".." in path.parts for path in paths)
        require(not outside and not any(_PROGRAM.search(path.name) for path in paths), "file_hides", acts)
        try:  # reads every part, none further than the directory said above
            whole = packed.testzip() is None
        except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError):
            whole = False
    require(whole, "file_broken", broken)
