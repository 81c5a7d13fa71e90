"""``manage.py backup``: database, files and sealed keys into one folder, and a copy in a second place."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from carbon_portal.backup import Refused, making, passphrase
from office.services.jobs import job_run


class Command(BaseCommand):
    """Runs beside the working portal; the passphrase comes from ``BACKUP_PASSPHRASE``, its file, or the terminal."""

    help = "备份数据库、文件与（加密的）密钥；--also 同时存到第二处"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """The places default to ``BACKUP_TO`` and ``BACKUP_ALSO``."""
        parser.add_argument("--to", type=Path, default=settings.BACKUP_TO)
        parser.add_argument("--also", type=Path, default=settings.BACKUP_ALSO)
        parser.add_argument("--keep", type=int, default=settings.BACKUP_KEEP)

    def handle(self, *args: Any, **options: Any) -> None:
        """Print where the back-up lies, and rows and bytes in it; leave a row among the runs of jobs."""
        try:
            with job_run("backup") as run:
                folder = making.make(
                    options["to"],
                    passphrase=passphrase.asked(twice=True),
                    also=options["also"],
                    keep=max(0, options["keep"]),
                )
                run.done = 1
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        manifest = making.as_dict((folder / "manifest.json").read_bytes())
        rows = manifest["database"]["rows"]
        size = sum(path.stat().st_size for path in folder.iterdir())
        self.stdout.write(
            f"已备份 {len(rows)} 张表 {sum(rows.values())} 行、{manifest['files']['count']} 个文件，共 {size / 2**20:.1f} MB：{folder}"
        )
        if options["also"]:
            self.stdout.write(f"第二处：{options['also'] / folder.name}")
