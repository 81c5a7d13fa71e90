"""Addresses of verification; the number's page is what the QR opens, so its address never changes."""

from django.urls import path

from certificates import views

urlpatterns = [
    path("verify/", views.ask, name="verify"),
    path("verify/log.json", views.log_head, name="log-head"),
    path("verify/<str:number>/", views.answer, name="verify-number"),
    path("verify/<str:number>/proof.json", views.proof, name="verify-proof"),
    path("certificates/<str:number>.pdf", views.pdf, name="certificate-pdf"),
]
