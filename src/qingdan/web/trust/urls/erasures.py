"""Erasure of personal data."""

from django.urls import path

from ..views import erasures

urlpatterns = [
    path("trust/erasures/", erasures.erasures, name="erasures"),
    path("trust/erasures/new/", erasures.ask, name="ask-erasure"),
    path("trust/erasures/<int:erasure_id>/", erasures.erasure, name="erasure"),
    path("trust/erasures/<int:erasure_id>/decide/", erasures.decide, name="decide-erasure"),
]
