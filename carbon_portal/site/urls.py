"""Addresses of the shared pages."""

from allauth.account.views import account_inactive, password_change, password_set, reauthenticate
from django.contrib.auth.views import LogoutView
from django.urls import include, path

from carbon_portal.site import audit, entrance, phone, views

# The log-in library looks some of its pages up by names of its own, so these have two.
sign_in, sign_out = entrance.SignIn.as_view(), LogoutView.as_view()

urlpatterns = [
    path("", views.home, name="home"),
    path("about/", views.about, name="about"),
    path("preferences/", views.preferences, name="preferences"),
    path("login/", sign_in, name="account_login"),
    path("login/", sign_in, name="login"),
    path("login/demo/", entrance.demo, name="login-demo"),
    path("login/phone/", phone.sign_in, name="login-phone"),
    path("logout/", sign_out, name="account_logout"),
    path("logout/", sign_out, name="logout"),
    path("register/", entrance.register, name="register"),
    path("account/inactive/", account_inactive, name="account_inactive"),
    path("account/password/", password_change, name="account_change_password"),
    path("account/password/first/", password_set, name="account_set_password"),
    path("account/again/", reauthenticate, name="account_reauthenticate"),
    path("account/2fa/start/", entrance.start, name="second-factor"),
    path("account/2fa/totp/activate/", entrance.SetUp.as_view(), name="mfa_activate_totp"),
    path("account/2fa/", include("allauth.mfa.urls")),
    path("account/sessions/", entrance.sessions, name="usersessions_list"),
    path("audit/", audit.home, name="audit"),
    path("audit/grants/", audit.grants, name="audit-grants"),
    path("audit/pairs/", audit.pairs, name="audit-pairs"),
    path("audit/events/", audit.events, name="audit-events"),
    path("audit/exports/", audit.exports, name="audit-exports"),
    path("audit/exports/ask/", audit.ask, name="audit-ask"),
    path("audit/exports/<int:pk>/", audit.download, name="audit-download"),
    path("manage/login/", entrance.to_sign_in),
]
