"""All addresses of the portal."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from carbon_portal import reference
from carbon_portal.health import metrics, pages

handler400 = "carbon_portal.site.views.unreadable"
handler403 = "carbon_portal.site.views.forbidden"
handler404 = "carbon_portal.site.views.missing"
handler500 = "carbon_portal.site.views.broken"

urlpatterns = [
    path("health/", pages.overview, name="health"),
    path("health/live", pages.live),
    path("health/ready", pages.ready),
    path("metrics", metrics.metrics),
    path("", include("carbon_portal.site.urls")),  # before the admin, whose own log-in page it replaces
    path("manage/", admin.site.urls),
    path("api/", reference.page, name="api"),
    path("api/v1/openapi.json", reference.Description.as_view(), name="api-description"),
    path("api/v1/", include("registry.api")),
    path("api/v1/", include("registry.accounts_api")),
    path("api/v1/", include("registry.venues_api")),
    path("api/v1/", include("trading.api")),
    path("api/v1/", include("scenarios.api")),
    path("api/v1/", include("scenarios.links_api")),
    path("api/v1/", include("methodologies.api")),
    path("", include("office.urls")),
    path("", include("projects.urls")),
    path("", include("registry.urls")),
    path("", include("trading.urls")),
    path("", include("rewards.urls")),
    path("", include("methodologies.urls")),
    path("", include("scenarios.urls")),
    path("", include("certificates.urls")),
]
