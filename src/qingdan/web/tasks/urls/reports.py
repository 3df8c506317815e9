"""The weekly report: the unit's pages, the office's pages, what follows from reports."""

from django.urls import path

from ..views import reports, reports_office, reports_records, reports_rungs, reports_sign

_ONE = "<int:period_id>/<int:task_id>/<int:unit_id>/"
_UNIT = "<int:period_id>/<int:unit_id>/"

urlpatterns = [
    path("", reports.my_reports, name="my-reports"),
    path(f"{_UNIT}no-change/", reports.rest_unchanged, name="report-rest-unchanged"),
    path(f"{_UNIT}progress/", reports.week_progress, name="report-progress"),
    path(_ONE, reports.report_edit, name="report-edit"),
    path(f"{_ONE}save/", reports.report_save, name="report-save"),
    path(f"{_ONE}no-change/", reports.no_change, name="report-no-change"),
    path(f"{_ONE}evidence/", reports.evidence_add, name="report-evidence"),
    path(f"{_ONE}evidence/<int:file_id>/remove/", reports.evidence_remove, name="report-evidence-remove"),
    path("sign/", reports_sign.sign, name="sign"),
    path("sign/<int:version_id>/", reports_sign.receipt, name="sign-receipt"),
    path("version/<int:version_id>/", reports_office.report, name="report"),
    path("version/<int:version_id>/return/", reports_office.report_return, name="report-return"),
    path("weeks/", reports_office.periods, name="periods"),
    path("weeks/open/", reports_office.period_open, name="period-open"),
    path("weeks/<int:period_id>/", reports_office.missing, name="missing"),
    path("weeks/<int:period_id>.xlsx", reports_office.missing_file, name="missing-file"),
    path("weeks/<int:period_id>/urge/", reports_office.urge_all, name="urge-all"),
    path(f"weeks/{_UNIT}", reports_office.unit_reports, name="unit-reports"),
    path(f"weeks/{_UNIT}urge/", reports_office.urge, name="urge"),
    path(f"weeks/{_UNIT}template.xlsx", reports_office.template_file, name="report-template"),
    path("forecasts/", reports_records.forecast_record, name="forecast-record"),
    path("forecasts.xlsx", reports_records.forecast_file, name="forecast-file"),
    path("record.xlsx", reports_records.record_file, name="unit-record-file"),
    path("hints/", reports_records.hints, name="hints"),
    path("burden/", reports_records.burden, name="burden"),
    path("escalations/", reports_rungs.escalations, name="escalations"),
    path("escalations.xlsx", reports_rungs.escalations_file, name="escalations-file"),
    path("escalations/rules/new/", reports_rungs.rule_edit, name="rung-new"),
    path("escalations/rules/<int:rule_id>/", reports_rungs.rule_edit, name="rung-edit"),
]
