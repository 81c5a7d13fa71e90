"""Addresses of objections."""

from django.urls import path

from office import views

urlpatterns = [
    path("notices/<int:pk>/object/", views.new, name="objection-new"),
    path("objections/", views.follow, name="objection-follow"),
    path("objections/<str:number>/", views.objection, name="objection"),
    path("objections/<str:number>/close/", views.close, name="objection-close"),
]
