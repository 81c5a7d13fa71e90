"""Papers as people send them, for tests of what is taken in."""

from __future__ import annotations

import io

from PIL import Image


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 30), **more: object) -> bytes:
    """Return a picture of one colour."""
    made = io.BytesIO()
    Image.new("RGB", size, "#2b7a4b").save(made, kind, **more)  # type: ignore[arg-type]
    return made.getvalue()
