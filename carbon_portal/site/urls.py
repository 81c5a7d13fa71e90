"""Addresses of the shared pages."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from carbon_portal.site import phone, views

urlpatterns = [
    path("", views.home, name="home"),
    path("about/", views.about, name="about"),
    path("preferences/", views.preferences, name="preferences"),
    path("login/", views.SignIn.as_view(), name="login"),
    path("login/phone/", phone.sign_in, name="login-phone"),
    path("logout/", LogoutView.as_view(), name="logout"),
]
