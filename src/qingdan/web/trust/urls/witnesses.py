"""The register of witnesses."""

from django.urls import path

from ..views import witnesses

urlpatterns = [
    path("trust/witnesses/", witnesses.register, name="witnesses"),
    path("trust/witnesses/new/", witnesses.add, name="add-witness"),
    path("trust/witnesses/<int:witness_id>/end/", witnesses.end, name="end-witness"),
]
