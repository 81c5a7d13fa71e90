#!/usr/bin/env python3
"""Django's command line. Commands that change the schema run as the owner of the database, all others as the application role."""

import os
import sys

OWNER_COMMANDS = {"migrate", "makemigrations", "pgtrigger"}

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carbon_portal.settings")
    if len(sys.argv) > 1 and sys.argv[1] in OWNER_COMMANDS:
        os.environ["PORTAL_DB_ROLE"] = ""
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
