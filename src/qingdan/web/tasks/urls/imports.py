"""Addresses of imports."""

from django.urls import path

from ..views import imports as views

urlpatterns = [
    path("", views.batches, name="imports"),
    path("new/", views.upload, name="import-new"),
    path("text/", views.paste, name="import-text"),
    path("<int:pk>/", views.batch, name="import"),
    path("<int:pk>/rows/", views.rows, name="import-rows"),
    path("<int:pk>/columns/", views.columns, name="import-columns"),
    path("<int:pk>/units/", views.units, name="import-units"),
    path("<int:pk>/ask-units/", views.ask_units, name="import-ask-units"),
    path("<int:pk>/answers/", views.answers, name="import-answers"),
    path("<int:pk>/apply/", views.apply, name="import-apply"),
    path("<int:pk>/drop/", views.drop, name="import-drop"),
    path("<int:pk>/refused.xlsx", views.refused, name="import-refused"),
    path("<int:pk>/file/", views.file, name="import-file"),
]
