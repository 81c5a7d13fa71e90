"""Pango, the one library no wheel carries: WeasyPrint needs it to set the text of certificates.

Present, else installed by apt as root, else Debian's own packages unpacked into ``var/lib`` without any right, else a sentence.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path

from deploy.launch.bundle import packages_of
from deploy.launch.places import Places
from deploy.launch.processes import run
from deploy.launch.progress import Refusal, step

PACKAGES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")
_LIBRARIES = (
    ("libgobject-2.0.so.0", "libgobject-2.0.dylib"),
    ("libpango-1.0.so.0", "libpango-1.0.dylib"),
    ("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib"),
    ("libharfbuzz.so.0", "libharfbuzz.dylib"),
    ("libfontconfig.so.1", "libfontconfig.dylib"),
)
# Never beside the system's own: two C libraries in one process end it.
NEVER_UNPACKED = ("libc6", "libc-bin", "libgcc-s1", "gcc-12-base", "gcc-14-base")


def provide(places: Places) -> None:
    """Make sure the libraries can be loaded by a child started with ``variables``."""
    if _loads_here() or (places.libraries.exists() and _loads_there(places)):
        return
    carried = packages_of(places)
    if carried and shutil.which("dpkg"):
        with step("PDF 排版库（离线包）", "Pango, from the bundle"):
            _unpack_all(places, carried)
        if _loads_there(places):
            return
    if shutil.which("apt-get"):
        if os.geteuid() == 0:
            with step("PDF 排版库", "Pango"):
                apt_install(places, *PACKAGES)
            if _loads_there(places):
                return
        with step("PDF 排版库（解包到 var/lib）", "Pango, unpacked"):
            _unpack(places)
        if _loads_there(places):
            return
    raise Refusal(
        f"缺少 PDF 排版库 Pango：请以管理员安装 {' '.join(PACKAGES)}（macOS：brew install pango）后重试。",
        f"Pango is missing: install {' '.join(PACKAGES)} as administrator (macOS: brew install pango) and try again.",
    )


def variables(places: Places) -> dict[str, str]:
    """Return what a child needs to find the unpacked libraries; nothing when there are none."""
    folders = sorted({str(file.parent) for file in places.libraries.glob("usr/lib/**/lib*.so.*")})
    if not folders:
        return {}
    inherited = os.environ.get("LD_LIBRARY_PATH")
    found = {"LD_LIBRARY_PATH": os.pathsep.join([*folders, *([inherited] if inherited else [])])}
    if not Path("/etc/fonts/fonts.conf").exists() and (places.libraries / "etc/fonts").exists():
        found["FONTCONFIG_PATH"] = str(places.libraries / "etc/fonts")
    return found


def _loads_here() -> bool:
    return all(any(_loads(name) for name in names) for names in _LIBRARIES)


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def _loads_there(places: Places) -> bool:
    """Ask a new process: the library path of a running one cannot be changed, and it remembers what it did not find."""
    question = "from pathlib import Path; from deploy.launch.pango import _loads_here; import sys; sys.exit(0 if _loads_here() else 1)"
    env = dict(os.environ) | variables(places) | {"PYTHONDONTWRITEBYTECODE": "1"}
    return not subprocess.run([sys.executable, "-c", question], env=env, cwd=places.root, check=False).returncode


def apt_install(places: Places, *packages: str) -> bool:
    """Install Debian packages as root; returns whether that worked. Package lists are fetched when they are missing."""
    log = places.make("log") / "apt.log"
    env = dict(os.environ) | {"DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    if run(install, env=env, cwd=places.root, log=log) == 0:
        return True
    run(["apt-get", "update", "-q"], env=env, cwd=places.root, log=log)
    return run(install, env=env, cwd=places.root, log=log) == 0


def _unpack(places: Places) -> None:
    """Download what apt would install and unpack it under ``var/lib``; needs no right but to write there."""
    work, log = places.make("apt", "partial").parent, places.make("log") / "apt.log"
    (work / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    own: list[str] = []
    wanted = _would_install(own)
    if not wanted or run(["apt-get", "download", *wanted], env=os.environ, cwd=work, log=log):
        # No package lists on this machine, or stale ones: fetch them into a folder of ours.
        own = ["-o", f"Dir::State::lists={work / 'lists'}", "-o", f"Dir::Cache={work}"]
        run(["apt-get", *own, "update", "-q"], env=os.environ, cwd=work, log=log)
        wanted = _would_install(own)
        if wanted:
            run(["apt-get", *own, "download", *wanted], env=os.environ, cwd=work, log=log)
    _unpack_all(places, sorted(work.glob("*.deb")))
    shutil.rmtree(work)


def _unpack_all(places: Places, packages: list[Path]) -> None:
    log = places.make("log") / "apt.log"
    for package in packages:
        run(["dpkg", "-x", str(package), str(places.libraries)], env=os.environ, cwd=places.var, log=log)


def _would_install(options: list[str]) -> list[str]:
    command = ["apt-get", *options, "-s", "-q", "--no-install-recommends", "install", *PACKAGES]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    names = [line.split()[1] for line in told.stdout.splitlines() if line.startswith("Inst ")]
    return [name for name in names if name not in NEVER_UNPACKED]
