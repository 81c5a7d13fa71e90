"""Addresses of the citizen's pages."""

from django.urls import path

from scenarios.views import book, consents, entering, inbox, mine

urlpatterns = [
    path("me/", book.home, name="me-home"),
    path("me/enter/", entering.enter, name="me-enter"),
    path("me/enter/code/", entering.code, name="me-code"),
    path("me/name/", entering.name, name="me-name"),
    path("me/acts/", book.acts, name="me-acts"),
    path("me/acts/<int:pk>/", book.act, name="me-act"),
    path("me/acts/<int:pk>/proof.json", book.act_proof, name="me-act-proof"),
    path("me/refusals/", book.refusals, name="me-refusals"),
    path("me/consents/", consents.consents, name="me-consents"),
    path("me/consents/new/", consents.new, name="me-consent-new"),
    path("me/consents/<int:pk>/withdraw/", consents.withdraw, name="me-consent-withdraw"),
    path("me/partners/<int:pk>/code/", consents.binding, name="me-binding"),
    path("me/messages/", inbox.inbox, name="me-inbox"),
    path("me/messages/settings/", inbox.settings, name="me-inbox-settings"),
    path("me/mine/", mine.mine, name="me-mine"),
    path("me/certificates/", mine.certificates, name="me-certificates"),
    path("me/data/", mine.data, name="me-data"),
    path("me/data/copy.zip", mine.take_data, name="me-data-copy"),
    path("me/close/", mine.close, name="me-close"),
    path("scenes/<slug:code>/text/", consents.text, name="scene-text"),
]
