"""Papers as people send them, for tests of what is taken in."""

from __future__ import annotations

import io
from fractions import Fraction

from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 30), **more: object) -> bytes:
    """Return a picture of one colour."""
    made = io.BytesIO()
    Image.new("RGB", size, "#2b7a4b").save(made, kind, **more)  # type: ignore[arg-type]
    return made.getvalue()


def photo(colour: str = "#2b7a4b", *, at: tuple[str, str] | None = None, taken: str = "", offset: str = "") -> bytes:
    """Return a photo as a phone takes it. ``at`` are degrees north and east, ``taken`` is ``2026:05:04 09:30:00``."""
    made, exif = io.BytesIO(), Image.Exif()
    if at is not None:
        gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
        for one, ref, degrees, sides in zip((2, 4), (1, 3), at, ("NS", "EW"), strict=True):
            seconds = abs(Fraction(degrees)) * 3600
            gps[one] = (IFDRational(seconds // 3600), IFDRational(seconds % 3600 // 60), IFDRational(seconds % 60))
            gps[ref] = sides[degrees.startswith("-")]
    detail = exif.get_ifd(ExifTags.IFD.Exif)
    detail |= {number: said for number, said in ((0x9003, taken), (0x9011, offset)) if said}
    Image.new("RGB", (64, 48), colour).save(made, "JPEG", exif=exif)
    return made.getvalue()
