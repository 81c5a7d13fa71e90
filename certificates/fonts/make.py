"""Cut the faces of the certificates out of the full ones. Needed only when a face is to be renewed; README.md has the steps.

python make.py SANS_PACKAGE SERIF_PACKAGE MONO_FOLDER   writes the TTF files beside this file (needs fonttools)
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

HERE = Path(__file__).resolve().parent
LATIN = {
    *range(0x20, 0x7F),
    *range(0xA0, 0x100),
    *range(0x2010, 0x203B),
    0x2212,
    *range(0x3000, 0x3040),
    *range(0xFF00, 0xFFF0),
}
MONO = {*range(0x20, 0x7F), *range(0xA0, 0x100), *range(0x2010, 0x2016), 0x2026}
DROPPED = ["DSIG", "GPOS", "GSUB", "GDEF", "BASE", "vhea", "vmtx", "FFTM"]


def gb2312() -> set[int]:
    """Return the code points of GB 2312: 6,763 hanzi and the signs."""
    cells = (bytes([row, cell]) for row in range(0xA1, 0xF8) for cell in range(0xA1, 0xFF))
    return {ord(sign) for cell in cells if len(sign := cell.decode("gb2312", "ignore")) == 1}


def hanzi(source: Path) -> set[int]:
    """Return the hanzi a face has."""
    with TTFont(source) as face:
        return {
            point
            for point in face.getBestCmap()
            if 0x3400 <= point < 0xA000 or 0xF900 <= point < 0xFB00 or point >= 0x20000
        }


def cut(source: Path, target: str, points: set[int]) -> None:
    """Write ``target`` with the glyphs of ``points`` only, without hinting and layout tables."""
    options = subset.Options()
    options.hinting, options.layout_features = False, []
    options.drop_tables += DROPPED
    face = subset.load_font(str(source), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=points)
    cutter.subset(face)
    subset.save_font(face, str(HERE / target), options)


def main(sans: Path, serif: Path, mono: Path) -> None:
    """Cut all six faces."""
    common = gb2312() | {ord(sign) for sign in (HERE / "names.txt").read_text("utf-8").strip()}
    cut(sans / "400Regular" / "NotoSansSC_400Regular.ttf", "sans-400.ttf", common | LATIN)
    cut(sans / "700Bold" / "NotoSansSC_700Bold.ttf", "sans-700.ttf", common | LATIN)
    cut(serif / "700Bold" / "NotoSerifSC_700Bold.ttf", "serif-700.ttf", common | LATIN)
    rare = sans / "400Regular" / "NotoSansSC_400Regular.ttf"
    cut(rare, "rare-400.ttf", hanzi(rare) - common)
    cut(mono / "DejaVuSansMono.ttf", "mono-400.ttf", MONO)
    cut(mono / "DejaVuSansMono-Bold.ttf", "mono-700.ttf", MONO)


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
