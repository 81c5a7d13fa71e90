"""Addresses of objections, and of one's own messages."""

from django.urls import path

from office import views

urlpatterns = [
    path("messages/", views.inbox, name="inbox"),
    path("account/messages/", views.inbox_settings, name="inbox-settings"),
    path("notices/<int:pk>/object/", views.new, name="objection-new"),
    path("objections/", views.follow, name="objection-follow"),
    path("objections/<str:number>/", views.objection, name="objection"),
    path("objections/<str:number>/close/", views.close, name="objection-close"),
]
