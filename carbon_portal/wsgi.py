"""WSGI entry. A production process refuses to start while the business clock is moved."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carbon_portal.settings")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

from office.services.clock import refuse_moved_clock  # noqa: E402  needs the apps

refuse_moved_clock()
