"""The app of the shared look: base template, tags, home, preferences, error pages."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """Top of the stack: may import every app, nobody imports it."""

    name = "carbon_portal.site"
    label = "portal_site"
