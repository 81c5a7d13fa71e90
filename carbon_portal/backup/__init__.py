"""A back-up of everything that cannot be made again: the database, the files it names and the keys, sealed.

A back-up is one folder: ``database.dump`` (pg_dump's custom format), ``files.tar``, ``keys.sealed`` and ``manifest.json``, which is
written last and names the digest of every part. The seal of the keys covers the manifest, so that whoever cannot open the
one cannot forge the other.
"""

from __future__ import annotations

FORMAT = 1
DATABASE, FILES, KEYS, MANIFEST = "database.dump", "files.tar", "keys.sealed", "manifest.json"
ROLE = "portal_app"


class Refused(Exception):
    """Why no back-up was made or restored: a Chinese sentence and the same in English."""

    def __init__(self, chinese: str, english: str) -> None:
        super().__init__(f"{chinese}{english}")
