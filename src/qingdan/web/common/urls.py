"""Addresses of the ground floor."""

from datetime import date

from django.urls import URLPattern, URLResolver, include, path, register_converter
from django.views.i18n import set_language

from . import views


class DayConverter:
    """A day in an address: 2017-07-14."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date | str) -> str:
        return value if isinstance(value, str) else value.isoformat()


register_converter(DayConverter, "day")

common_patterns = [
    path("type-size/", views.type_size, name="type_size"),
    path("inbox/", views.inbox_list, name="inbox"),
    path("inbox/read-all/", views.inbox_read_all, name="inbox_read_all"),
    path("inbox/<int:pk>/", views.inbox_open, name="inbox_open"),
    path("calendar/", views.calendar_now, name="calendar"),
    path("calendar/<int:year>/", views.calendar_year, name="calendar_year"),
    path("calendar/<int:year>/publish/", views.calendar_publish, name="calendar_publish"),
    path("calendar/<int:year>/import/", views.calendar_import, name="calendar_import"),
    path("calendar/<day:day>/", views.calendar_day, name="calendar_day"),
    path("values/", views.value_list, name="values"),
    path("values/<slug:name>/", views.value_edit, name="value"),
    path("jobs/", views.job_list, name="jobs"),
    path("jobs/deliveries/<int:pk>/retry/", views.delivery_retry, name="delivery_retry"),
    path("jobs/tasks/<uuid:pk>/retry/", views.task_retry, name="task_retry"),
    path("attachments/<int:pk>/", views.attachment, name="attachment"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("language/", set_language, name="set_language"),
    path("", include((common_patterns, "common"))),
]
