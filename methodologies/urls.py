"""Addresses of methods; a method is named with its version or, for the newest one, without. Drafts are for who may see them."""

from django.urls import path

from methodologies.views import public, workshop

urlpatterns = [
    path("methods/", public.methods, name="methods"),
    path("policies/", public.policies, name="policies"),
    path("factors/", public.factors, name="factors"),
    path("methods/drafts/<int:pk>/", public.draft, name="draft-public"),
    path("methods/<str:number>/", public.method, name="method"),
    path("methods/<str:number>/changes/", public.changes, name="method-changes"),
    path("methods/<str:number>/method.pdf", public.paper, name="method-paper"),
    path("methods/<str:number>/text.toml", public.text, name="method-text"),
    path("methods/<str:number>/new-version/", workshop.new_version, name="method-new-version"),
    path("workshop/", workshop.home, name="workshop"),
    path("workshop/new/", workshop.new, name="draft-new"),
    path("workshop/<int:pk>/", workshop.draft, name="draft"),
    path("workshop/<int:pk>/edit/", workshop.edit, name="draft-edit"),
    path("workshop/<int:pk>/paste/", workshop.paste, name="draft-paste"),
    path("workshop/<int:pk>/look/", workshop.look, name="draft-look"),
    path("workshop/<int:pk>/submit/", workshop.submit, name="draft-submit"),
    path("workshop/<int:pk>/evaluate/", workshop.evaluate, name="draft-evaluate"),
    path("workshop/<int:pk>/text.toml", workshop.text, name="draft-text"),
]
