"""What a photo itself says about where and when it was taken (Exif 2.32, GPS IFD), read before the picture is drawn again."""

from __future__ import annotations

import io
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from PIL import ExifTags, Image

from kernel import clock

_STEP = Decimal("0.000001")  # of a degree, about a decimetre
_UNREADABLE = (OSError, ValueError, SyntaxError, TypeError, KeyError, ZeroDivisionError, OverflowError, AttributeError)


class Tag(NamedTuple):
    """Latitude and longitude in degrees (WGS 84, north and east positive) and the instant; None where the photo does not say."""

    position: tuple[Decimal, Decimal] | None
    taken_at: datetime | None


def tag_of(content: bytes) -> Tag:
    """Return what a picture says; a time without an offset is the office's (Asia/Shanghai). What cannot be read says nothing."""
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as picture:
            exif = picture.getexif()
            gps, detail = exif.get_ifd(ExifTags.IFD.GPSInfo), exif.get_ifd(ExifTags.IFD.Exif)
    except (*_UNREADABLE, Image.DecompressionBombError):
        return Tag(None, None)
    return Tag(_position(gps), _instant(detail))


def _position(gps: dict[int, Any]) -> tuple[Decimal, Decimal] | None:
    base = ExifTags.GPS
    try:
        latitude = _degrees(gps[base.GPSLatitude], gps[base.GPSLatitudeRef], "S")
        longitude = _degrees(gps[base.GPSLongitude], gps[base.GPSLongitudeRef], "W")
    except _UNREADABLE:
        return None
    known = abs(latitude) <= 90 and abs(longitude) <= 180 and (latitude or longitude)
    return (latitude, longitude) if known else None  # a camera without a fix writes zeros


def _degrees(parts: Any, side: str, negative: str) -> Decimal:
    degrees, minutes, seconds = (Fraction(one.numerator, one.denominator) for one in parts)
    whole = degrees + minutes / 60 + seconds / 3600
    exact = Decimal(whole.numerator) / Decimal(whole.denominator)
    return (-exact if side.strip().upper() == negative else exact).quantize(_STEP)


def _instant(detail: dict[int, Any]) -> datetime | None:
    try:
        local = datetime.strptime(str(detail[ExifTags.Base.DateTimeOriginal]), "%Y:%m:%d %H:%M:%S")
        offset = str(detail.get(ExifTags.Base.OffsetTimeOriginal, ""))
        if not offset:
            return local.replace(tzinfo=clock.SHANGHAI)
        hours, minutes = offset[1:].split(":")
        ahead = timedelta(hours=int(hours), minutes=int(minutes))
        return local.replace(tzinfo=timezone(-ahead if offset.startswith("-") else ahead))
    except _UNREADABLE:
        return None
