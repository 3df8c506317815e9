"""Receipts, and the public page that says whether a leaf is in the log."""

from django.urls import path

from ..views import receipts

urlpatterns = [
    path("trust/receipt/<int:event_id>/", receipts.receipt, name="receipt"),
    path("trust/receipt/<int:event_id>.json", receipts.receipt_file, name="receipt-file"),
    path("trust/receipt/<int:event_id>.svg", receipts.receipt_code, name="receipt-code"),
    path("trust/check/<int:index>/<str:leaf>/", receipts.check, name="check"),
]
