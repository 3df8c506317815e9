"""The addresses of the trusted record, by theme: each file gives its own list, joined here."""

from . import log, witnesses

app_name = "trust"
urlpatterns = [
    *log.urlpatterns,
    *witnesses.urlpatterns,
]
