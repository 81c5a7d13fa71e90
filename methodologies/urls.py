"""Addresses of the public method pages; a method is named with its version or, for the newest one, without."""

from django.urls import path

from methodologies import views

urlpatterns = [
    path("methods/", views.methods, name="methods"),
    path("policies/", views.policies, name="policies"),
    path("factors/", views.factors, name="factors"),
    path("methods/<str:number>/", views.method, name="method"),
    path("methods/<str:number>/text.toml", views.text, name="method-text"),
]
