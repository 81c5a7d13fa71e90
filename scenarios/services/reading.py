"""Reading a partner's file as it is: CSV, plain or gzip, with the partner's own column names."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from operator import itemgetter
from typing import IO, cast

from accounts.models import Attachment
from kernel.rules import RuleViolation, require
from kernel.rules import sentence as _

MAX_ROWS = 500_000
MAX_UNPACKED_BYTES = 512 * 2**20  # a few kilobytes of gzip can unpack to gigabytes
MAX_LINE = 65_536  # characters
_GZIP = b"\x1f\x8b"
# What a row must say. The distance comes in metres or kilometres.
FIELDS = ("subject", "trip", "started_at", "ended_at")
DISTANCES = ("distance_m", "distance_km")


# One row's texts: the partner's number of the user and of the trip, start, end, distance.
Fields = tuple[str, str, str, str, str]


def check_mapping(mapping: Mapping[str, str]) -> None:
    """Refuse a mapping (the file's column → our field) that is not one column for each field. Raises ``bad_mapping``."""
    known = {*FIELDS, *DISTANCES}
    unknown = sorted({field for field in mapping.values() if field not in known})
    require(not unknown, "bad_mapping", _("没有这样的字段：{names}", names="、".join(unknown)))
    for field in sorted({*mapping.values()}):
        columns = sorted(column for column, meant in mapping.items() if meant == field)
        said = _("字段 {field} 只能对应一列，现在有 {columns}", field=field, columns="、".join(columns))
        require(len(columns) == 1, "bad_mapping", said)
    missing = [field for field in FIELDS if field not in mapping.values()]
    require(not missing, "bad_mapping", _("缺少字段：{names}", names="、".join(missing)))
    distances = [field for field in DISTANCES if field in mapping.values()]
    require(len(distances) == 1, "bad_mapping", _("里程要对应 distance_m 或 distance_km 中的一个"))


def unit_mm(mapping: Mapping[str, str]) -> int:
    """Return the millimetres of one unit of the file's distance."""
    return 1_000 if "distance_m" in mapping.values() else 1_000_000


class _Capped(io.RawIOBase):
    """Passes an unpacked stream on up to a limit."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source, self._left = source, MAX_UNPACKED_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        content = self._source.read(len(buffer))
        self._left -= len(content)
        if self._left < 0:
            said = _("解压后超过 {limit} MB，请拆成几个文件", limit=MAX_UNPACKED_BYTES // 2**20)
            raise RuleViolation("unreadable_file", said)
        buffer[: len(content)] = content
        return len(content)


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    """Yield the lines one by one; a line without end, which would fill the memory, is refused."""
    while line := text.readline(MAX_LINE):
        if len(line) == MAX_LINE and not line.endswith("\n"):
            raise RuleViolation("unreadable_file", _("有一行超过 {limit} 个字符，这不是一行一条的 CSV", limit=MAX_LINE))
        yield line


@contextmanager
def _told(where: list[int]) -> Iterator[None]:
    try:
        yield
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        said = _("压缩文件损坏，读到第 {row} 行为止，没有记入任何一行；请重新导出后再上报", row=where[0])
        raise RuleViolation("unreadable_file", said) from error
    except UnicodeDecodeError as error:
        said = _("第 {row} 行附近不是 UTF-8 文字，请用 UTF-8 编码导出", row=where[0] + 1)
        raise RuleViolation("unreadable_file", said) from error
    except csv.Error as error:
        said = _("第 {row} 行不是规范的 CSV：{error}", row=where[0] + 1, error=error)
        raise RuleViolation("unreadable_file", said) from error


def rows(file: Attachment, mapping: Mapping[str, str]) -> Iterator[Fields | None]:
    """Yield the rows below the heading in order; None for a row with another number of columns than the heading.

    Raises RuleViolation ``unreadable_file`` for a broken gzip, no UTF-8, no CSV, a missing column, or too much of it.
    """
    where = [0]
    with _told(where), file.file.open("rb") as raw:
        packed = raw.read(2) == _GZIP
        raw.seek(0)
        source = cast(IO[bytes], gzip.GzipFile(fileobj=raw) if packed else raw)
        text = io.TextIOWrapper(io.BufferedReader(_Capped(source), 2**20), encoding="utf-8-sig", newline="")
        reader = csv.reader(_lines(text), strict=True)
        heading = next(reader, [])
        pick, width = _picker(heading, mapping), len(heading)
        for number, row in enumerate(reader, start=1):
            where[0] = number
            if number > MAX_ROWS:
                raise RuleViolation("unreadable_file", _("超过 {limit} 行，请拆成几个文件", limit=MAX_ROWS))
            yield pick(row) if len(row) == width else None


def _picker(heading: list[str], mapping: Mapping[str, str]) -> itemgetter:
    columns = {field: column for column, field in mapping.items()}
    wanted = [columns[field] for field in FIELDS]
    wanted.append(next(columns[field] for field in DISTANCES if field in columns))
    missing = [column for column in wanted if column not in heading]
    require(not missing, "unreadable_file", _("文件里没有这些列：{names}", names="、".join(missing)))
    twice = [column for column in wanted if heading.count(column) > 1]
    require(not twice, "unreadable_file", _("文件里有重名的列：{names}", names="、".join(twice)))
    return itemgetter(*(heading.index(column) for column in wanted))


def raw_rows(file: Attachment, mapping: Mapping[str, str], wanted: Collection[int]) -> dict[int, Fields | None]:
    """Return some rows of a kept file by their number, counted from 1 below the heading."""
    last = max(wanted, default=0)
    found: dict[int, Fields | None] = {}
    for number, fields in enumerate(rows(file, mapping), start=1):
        if number in wanted:
            found[number] = fields
        if number >= last:
            break
    return found
