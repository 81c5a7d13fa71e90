"""Where things lie: the checkout, its ``.venv``, and ``var/`` with everything that is made while running."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from deploy.launch.progress import Refusal

INSTALL_BYTES = 1_500 * 1024 * 1024
START_BYTES = 300 * 1024 * 1024
# A Unix socket's path ends at about 107 bytes; PostgreSQL's own file name takes a part of it.
SOCKET_FOLDER_BYTES = 80


@dataclass(frozen=True)
class Places:
    """The folders of one checkout. ``var`` can be moved with ``PORTAL_VAR``."""

    root: Path
    var: Path

    @classmethod
    def of(cls, root: Path) -> Places:
        """Return the places of the checkout at ``root``."""
        return cls(root, Path(os.environ.get("PORTAL_VAR") or root / "var").absolute())

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        """The interpreter that has the packages."""
        return self.venv / "bin" / "python"

    @property
    def libraries(self) -> Path:
        """Where ``.deb`` libraries are unpacked when nobody may install them."""
        return self.var / "lib"

    def make(self, *parts: str) -> Path:
        """Return ``var/<parts>``, made when missing."""
        folder = self.var.joinpath(*parts)
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def digest(path: Path) -> str:
    """Return a short name for a path, the same on every start."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def socket_folder(base: Path, owner: int) -> Path:
    """Return a private folder for sockets with a short, stable path under the temporary folder.

    The checkout's own path may be long or not traversable for ``owner`` (a user id). Refuses a folder that someone else
    has put there first, because whoever owns it could listen in our stead.
    """
    temporary = tempfile.gettempdir()
    if len(os.fsencode(temporary)) > SOCKET_FOLDER_BYTES - 30:
        temporary = "/tmp"  # noqa: S108 - checked below: ours, a real folder, mode 0700
    folder = Path(temporary) / f"portal-{digest(base)}-{owner}"
    try:
        folder.mkdir(mode=0o700)
        if owner != os.geteuid():
            os.chown(folder, owner, -1)
    except FileExistsError:
        pass
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or found.st_mode & 0o077:
        raise Refusal(
            f"临时目录 {folder} 属于他人或权限过宽，请删除后重试。",
            f"The temporary folder {folder} is not privately ours; remove it and try again.",
        )
    return folder


def require_space(folder: Path, needed: int) -> None:
    """Refuse to begin when the disk has fewer than ``needed`` bytes free: half an installation helps nobody."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        wanted, left = needed // 2**20, free // 2**20
        raise Refusal(
            f"磁盘空间不足：需要 {wanted} MB，{folder} 只剩 {left} MB。",
            f"Not enough disk space: {wanted} MB needed, {left} MB left in {folder}.",
        )
