"""The bundle: what a machine without a network is given, and that it starts from it.

The drill itself builds the bundle of the commit, unpacks it where there is no network, and starts the demo; it takes minutes,
so it runs with ``./portal test --bundle`` only. What can go wrong with a bundle is tried on every run.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest

from deploy.launch import bundle, environment, pango
from deploy.launch.places import Places
from deploy.launch.progress import Refusal

ROOT = Path(__file__).resolve().parents[2]
# Inside the namespace there is no interface but a loopback that must be brought up first (struct ifreq, SIOCSIFFLAGS).
_LOOPBACK = """
import fcntl, os, socket, struct, sys
line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
fcntl.ioctl(line, 0x8914, struct.pack("16sh22x", b"lo", 1))
os.execvp(sys.argv[1], sys.argv[1:])
"""


def _alone() -> list[str]:
    """Return the words before a command that take the network away; skips where the kernel does not allow it."""
    words = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--net"]
    words += [sys.executable, "-c", _LOOPBACK]
    if not shutil.which("unshare") or subprocess.run([*words, "true"], capture_output=True, check=False).returncode:
        pytest.skip("the kernel allows no network namespace here")
    return words


@pytest.fixture
def unpacked(tmp_path: Path) -> Places:
    """A checkout that was unpacked from a bundle of one wheel, which is ours and needs nothing."""
    root = tmp_path / "checkout"
    wheels = root / "bundle" / "wheels"
    wheels.mkdir(parents=True)
    (root / "bundle" / "debs").mkdir()
    wheel = wheels / "carried-1.0-py3-none-any.whl"
    _write_wheel(wheel)
    (root / "requirements.txt").write_text(f"carried==1.0 --hash=sha256:{bundle._digest(wheel)}\n")
    told = {"platform": bundle.this_platform(), "files": {f"wheels/{wheel.name}": bundle._digest(wheel)}}
    (root / "bundle" / "manifest.json").write_text(json.dumps(told))
    return Places(root, root / "var")


def _write_wheel(path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("carried.py", "WORD = 'without a network'\n")
        archive.writestr("carried-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: carried\nVersion: 1.0\n")
        archive.writestr(
            "carried-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr("carried-1.0.dist-info/RECORD", "")


def test_without_a_network_the_packages_come_from_the_bundle(unpacked: Places) -> None:
    """The launcher's own steps, in a process that has no network: .venv, then the lock, by its hashes."""
    alone = _alone()
    steps = (
        "import sys; from pathlib import Path; from deploy.launch import environment; from deploy.launch.places import Places; "
        "there = Places(Path(sys.argv[1]), Path(sys.argv[1]) / 'var'); environment._make_venv(there); "
        "environment._install(there, 'requirements.txt')"
    )
    env = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    done = subprocess.run(
        [*alone, sys.executable, "-c", steps, str(unpacked.root)],
        env=env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = subprocess.run(
        [unpacked.python, "-c", "import carried; print(carried.WORD)"], capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == "without a network"
    assert environment.is_installed(unpacked, "requirements.txt")


def test_a_bundle_of_another_machine_is_refused(unpacked: Places) -> None:
    manifest = unpacked.root / "bundle" / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"platform": "linux-riscv64-py3.9"}))
    with pytest.raises(Refusal, match=r"离线包是为 linux-riscv64-py3\.9 做的"):
        bundle.wheels_of(unpacked)


def test_a_bundle_that_was_changed_is_refused(unpacked: Places) -> None:
    wheel = next((unpacked.root / "bundle" / "wheels").iterdir())
    wheel.write_bytes(wheel.read_bytes() + b" ")
    with pytest.raises(Refusal, match=f"离线包不完整或被改动：wheels/{wheel.name}"):
        bundle.wheels_of(unpacked)
    wheel.unlink()
    with pytest.raises(Refusal, match="The bundle is not whole"):
        bundle.wheels_of(unpacked)


def test_an_ordinary_checkout_has_no_bundle(tmp_path: Path) -> None:
    places = Places(tmp_path, tmp_path / "var")
    assert bundle.wheels_of(places) is None
    assert bundle.packages_of(places) == []


def test_pango_is_taken_from_the_bundle_before_anything_is_asked_for(
    unpacked: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    deb = unpacked.root / "bundle" / "debs" / "libpango.deb"
    deb.touch()
    asked: list[list[Path]] = []
    monkeypatch.setattr(pango, "_loads_here", lambda: False)
    monkeypatch.setattr(pango, "_loads_there", lambda places: bool(asked))
    monkeypatch.setattr(pango, "_unpack_all", lambda places, packages: asked.append(packages))
    monkeypatch.setattr(pango, "apt_install", lambda *arguments: pytest.fail("asked apt"))
    pango.provide(unpacked)
    assert asked == [[deb]]


def test_a_bundle_is_made_in_a_checkout_only(unpacked: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(unpacked.root.parent))
    with pytest.raises(Refusal, match="只能在 git 检出里做离线包"):
        bundle.make(unpacked, unpacked.var, "requirements.txt")


@pytest.mark.skipif(not os.environ.get("PORTAL_BUNDLE_DRILL"), reason="minutes long: ./portal test --bundle")
def test_the_portal_starts_from_its_bundle_where_there_is_no_network(tmp_path: Path) -> None:
    """Must 6: the file alone, a machine without any network, ``./portal demo``, and a page is served."""
    alone = _alone()
    there = Places.of(ROOT)
    made = bundle.make(Places(ROOT, there.var.parent), tmp_path, environment.RUNTIME_LOCK)
    with tarfile.open(made) as tar:
        tar.extractall(tmp_path)  # noqa: S202  our own file of a moment ago
    root = next(path for path in tmp_path.iterdir() if path.is_dir())
    clean = ("PATH", "HOME", "LANG", "TMPDIR")
    env = {name: os.environ[name] for name in clean if name in os.environ}
    tmp_path.parent.parent.chmod(0o755)
    for folder in (tmp_path, tmp_path.parent):
        folder.chmod(0o755)
    log = tmp_path / "demo.log"
    with log.open("wb") as out:
        demo = subprocess.Popen(
            [*alone, str(root / "portal"), "demo", "--port", "8000"],
            cwd=root, env=env, stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        page = _page_inside(demo, log)
    finally:
        demo.terminate()
        demo.wait(60)
    assert "登记簿" in page


def _page_inside(demo: subprocess.Popen[bytes], log: Path) -> str:
    """Ask for the registry's page from inside the demo's own network."""
    ask = ["nsenter", f"--net=/proc/{demo.pid}/ns/net", sys.executable, "-c"]
    ask += [
        "import urllib.request; print(urllib.request.urlopen('http://127.0.0.1:8000/registry/', timeout=20).read().decode())"
    ]
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline and demo.poll() is None:
        done = subprocess.run(ask, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return done.stdout
        time.sleep(2)
    raise AssertionError(log.read_text()[-3000:])
