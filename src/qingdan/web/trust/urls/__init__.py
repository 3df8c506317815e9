"""The addresses of the trusted record, by theme: each file gives its own list, joined here."""

from . import erasures, log, receipts, records, witnesses

app_name = "trust"
urlpatterns = [
    *erasures.urlpatterns,
    *log.urlpatterns,
    *receipts.urlpatterns,
    *records.urlpatterns,
    *witnesses.urlpatterns,
]
