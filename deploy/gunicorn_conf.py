"""gunicorn of the demo and of a deployment: ``python -m gunicorn -c deploy/gunicorn_conf.py carbon_portal.wsgi:application``."""

from __future__ import annotations

import gc
import os
import shutil
from pathlib import Path
from typing import Any

_var = Path(os.environ.get("PORTAL_VAR") or Path(__file__).resolve().parent.parent / "var")
# Read when the processes import the portal, so that what each has counted can be added up by any of them.
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_var / "metrics")

bind = os.environ.get("WEB_BIND", "127.0.0.1:8000")
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
timeout = 60
graceful_timeout = 20
# A process is renewed now and then, so that memory that was used once for a large file is given back.
max_requests, max_requests_jitter = 5000, 500
accesslog = "-"
# Behind nginx the visitor's address is in a header; only a proxy on this machine is believed.
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")
control_socket_disable = True


def on_starting(server: Any) -> None:
    """Begin to count afresh: files of processes that are gone would be added up for ever."""
    folder = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def post_worker_init(worker: Any) -> None:
    """Look for garbage seldom, and never among what was loaded at the start: it is there as long as the process."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def child_exit(server: Any, worker: Any) -> None:
    """Let the figures of a process that ended be merged."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)
