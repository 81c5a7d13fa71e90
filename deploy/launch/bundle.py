"""``./portal bundle``: the portal for a machine without a network, in one file, and what such a machine finds in it.

The file holds the source of one commit and beside it ``bundle/``: the wheels of the lock, Debian's own packages of Pango, and a
manifest with their digests. Whoever unpacks it and calls ``./portal demo`` needs Python with ``venv`` and nothing from outside.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from deploy.launch.places import Places
from deploy.launch.processes import last_line, run
from deploy.launch.progress import Refusal, step

FOLDER, MANIFEST = "bundle", "manifest.json"
# Of everything that Pango asks for: libraries and what fontconfig reads. The C library is never carried.
_CARRIED = ("lib", "zlib1g", "fontconfig-config", "fonts-dejavu-core")
_APT_DEPENDS = [
    "apt-cache",
    "depends",
    "--recurse",
    "--no-recommends",
    "--no-suggests",
    "--no-conflicts",
    "--no-breaks",
]
_APT_DEPENDS += ["--no-replaces", "--no-enhances"]


def this_platform() -> str:
    """Return what a bundle is made for: system, processor and Python, e.g. ``linux-x86_64-py3.11``."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return f"{platform.system().lower()}-{platform.machine().lower()}-py{version}"


def wheels_of(places: Places) -> Path | None:
    """Return the folder of wheels when this checkout was unpacked from a bundle.

    Raises Refusal when the bundle was made for another platform, or when a file of it is missing or was changed.
    """
    folder = places.root / FOLDER
    if not (folder / MANIFEST).exists():
        return None
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    if manifest["platform"] != this_platform():
        raise Refusal(
            f"离线包是为 {manifest['platform']} 做的，本机是 {this_platform()}。",
            f"The bundle was made for {manifest['platform']}; this machine is {this_platform()}.",
        )
    for name, digest in manifest["files"].items():
        path = folder / name
        if not path.is_file() or _digest(path) != digest:
            raise Refusal(
                f"离线包不完整或被改动：{name}。请重新拷贝并解包。",
                f"The bundle is not whole or was changed: {name}. Copy and unpack it again.",
            )
    return folder / "wheels"


def packages_of(places: Places) -> list[Path]:
    """Return the Debian packages a bundle brought, none in an ordinary checkout."""
    return sorted((places.root / FOLDER / "debs").glob("*.deb"))


def make(places: Places, to: Path, lock: str) -> Path:
    """Write the bundle of the commit that is checked out into the folder ``to`` and return its file.

    Raises Refusal without git, without pip's index, or when a package has no wheel for this platform.
    """
    commit = _commit(places)
    work = places.make("bundle", hashlib.sha256((places.root / lock).read_bytes()).hexdigest()[:12] + this_platform())
    with step("下载依赖", "wheels of the lock"):
        _download_wheels(places, work, lock)
    with step("下载 PDF 排版库", "Debian packages of Pango"):
        _download_packages(places, work)
    files = {f"{path.parent.name}/{path.name}": _digest(path) for path in sorted(work.glob("*/*"))}
    told = {"platform": this_platform(), "commit": commit, "lock": lock, "files": files}
    (work / MANIFEST).write_text(json.dumps(told, indent=1), encoding="utf-8")
    to.mkdir(parents=True, exist_ok=True)
    name = f"carbon-portal-{commit[:12]}-{this_platform()}"
    with step("打包", "one file"):
        return _pack(places, work, to / f"{name}.tar", name)


def _commit(places: Places) -> str:
    told = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=places.root, capture_output=True, text=True, check=False
    ) if shutil.which("git") else None  # fmt: skip
    if told is None or told.returncode:
        raise Refusal("只能在 git 检出里做离线包。", "A bundle is made in a git checkout only.")
    return told.stdout.strip()


def _download_wheels(places: Places, work: Path, lock: str) -> None:
    """Fetch what the lock names, by its hashes; done once for each state of the lock."""
    done, wheels = work / "complete", work / "wheels"
    if done.exists():
        return
    shutil.rmtree(wheels, ignore_errors=True)
    log = places.make("log") / "bundle.log"
    command = [
        str(places.python),
        "-m",
        "pip",
        "download",
        "--require-hashes",
        "--no-deps",
        "--only-binary=:all:",
        "-q",
    ]
    command += ["--disable-pip-version-check", "--no-input", "-r", str(places.root / lock), "-d", str(wheels)]
    if run(command, env=os.environ, cwd=places.root, log=log):
        raise Refusal(
            f"依赖没有下载全（{last_line(log, 'ERROR')}）。", f"The packages could not be fetched; see {log}."
        )
    done.touch()


def _download_packages(places: Places, work: Path) -> None:
    """Fetch Debian's packages; elsewhere the bundle has none, and Pango must be on the machine."""
    from deploy.launch.pango import NEVER_UNPACKED, PACKAGES

    debs = work / "debs"
    debs.mkdir(exist_ok=True)
    if any(debs.iterdir()) or not shutil.which("apt-cache"):
        return
    told = subprocess.run([*_APT_DEPENDS, *PACKAGES], capture_output=True, text=True, check=False).stdout
    names = sorted({line for line in told.splitlines() if line.startswith(_CARRIED) and line not in NEVER_UNPACKED})
    log = places.make("log") / "bundle.log"
    if not names or run(["apt-get", "download", "-q", *names], env=os.environ, cwd=debs, log=log):
        shutil.rmtree(debs)
        debs.mkdir()
        print(
            "  没有取到 Pango 的 Debian 包，目标机器要自带。No packages of Pango were fetched: the machine must have it.",
            file=sys.stderr,
        )


def _pack(places: Places, work: Path, target: Path, name: str) -> Path:
    draft = target.with_suffix(".partial")
    archive = ["git", "archive", "--format=tar", f"--prefix={name}/", "-o", str(draft), "HEAD"]
    if subprocess.run(archive, cwd=places.root, check=False).returncode:
        raise Refusal("源码没有打包成。", "The source could not be packed.")
    with tarfile.open(draft, "a") as tar:
        for path in [work / MANIFEST, *sorted(work.glob("*/*"))]:
            tar.add(path, arcname=f"{name}/{FOLDER}/{path.relative_to(work)}")
    draft.rename(target)
    return target


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
