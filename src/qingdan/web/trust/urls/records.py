"""The inspector's pages: the log, an object's history, the register of interventions."""

from django.urls import path

from ..views import hands, records

urlpatterns = [
    path("trust/log/", records.log_page, name="log"),
    path("trust/log/rows/", records.log_rows, name="log-rows"),
    path("trust/log.xlsx", records.log_workbook, name="log-file"),
    path("trust/object/<str:object_type>/<str:object_id>/", records.history, name="history"),
    path("trust/object/<str:object_type>/<str:object_id>.zip", records.history_zip, name="history-file"),
    path("trust/hands/", hands.register, name="hands"),
    path("trust/hands.xlsx", hands.workbook, name="hands-file"),
]
