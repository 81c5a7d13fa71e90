"""Reading a PDF back without a viewer: what text it shows, and which squares of its QR symbol are dark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pikepdf

MM = 72 / 25.4
QR_LEFT_MM, QR_BOTTOM_MM, QR_MM = 30, 25, 24  # where art/sheet.css puts it

Matrix = pikepdf.Matrix


def pages(pdf: bytes) -> int:
    """Return the number of pages."""
    with pikepdf.open(BytesIO(pdf)) as document:
        return len(document.pages)


def text(pdf: bytes) -> str:
    """Return the text of the one page in drawing order, through the fonts' own tables."""
    with pikepdf.open(BytesIO(pdf)) as document:
        said: list[str] = []
        table: dict[int, str] = {}
        for operator, operands, _matrix, resources in _drawn(document.pages[0]):
            if operator == "Tf":
                table = _table(resources.Font[operands[0]])
            elif operator in ("Tj", "TJ"):
                pieces = operands[0] if operator == "TJ" else operands
                for piece in (bytes(item) for item in pieces if isinstance(item, pikepdf.String)):
                    codes = (int.from_bytes(piece[at : at + 2], "big") for at in range(0, len(piece), 2))
                    said += [table.get(code, "\ufffd") for code in codes]
        return "".join(said)


def dark_squares(pdf: bytes, size: int) -> set[tuple[int, int]]:
    """Return (row, column) of the dark squares drawn where the QR symbol stands."""
    step, dark, start = QR_MM * MM / size, set(), (0.0, 0.0)
    with pikepdf.open(BytesIO(pdf)) as document:
        for operator, operands, matrix, _resources in _drawn(document.pages[0]):
            if operator == "m":
                start = matrix.transform(tuple(float(value) for value in operands))
            elif operator == "l":
                end = matrix.transform(tuple(float(value) for value in operands))
                row = size - 1 - int((start[1] - QR_BOTTOM_MM * MM) // step)
                first, last = (round((x - QR_LEFT_MM * MM) / step) for x in (start[0], end[0]))
                if abs(start[1] - end[1]) < 0.01 and 0 <= first < last <= size and 0 <= row < size:
                    dark |= {(row, column) for column in range(first, last)}
    return dark


def _drawn(page: Any) -> Iterator[tuple[str, list[Any], Matrix, Any]]:
    yield from _walk(page, page.obj.Resources, Matrix())


def _walk(stream: Any, resources: Any, matrix: Matrix) -> Iterator[tuple[str, list[Any], Matrix, Any]]:
    stack: list[Matrix] = []
    for instruction in pikepdf.parse_content_stream(stream):
        operator, operands = str(instruction.operator), list(instruction.operands)
        if operator == "q":
            stack.append(matrix)
        elif operator == "Q":
            matrix = stack.pop()
        elif operator == "cm":
            matrix = Matrix(*(float(value) for value in operands)) @ matrix
        elif operator == "Do":
            form = resources.XObject[operands[0]]
            if form.Subtype == "/Form":
                own = Matrix(*(float(value) for value in form.get("/Matrix", [1, 0, 0, 1, 0, 0])))
                yield from _walk(form, form.get("/Resources", resources), own @ matrix)
        else:
            yield operator, operands, matrix, resources


def _table(font: Any) -> dict[int, str]:
    table: dict[int, str] = {}
    for code, sign in re.findall(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", bytes(font.ToUnicode.read_bytes())):
        table[int(code, 16)] = bytes.fromhex(sign.decode()).decode("utf-16-be")
    return table
