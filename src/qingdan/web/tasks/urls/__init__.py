"""The addresses of the task-list system, by theme."""

from django.urls import include, path

from . import following, imports, lists, overview, plans, reports

app_name = "tasks"
urlpatterns = [
    path("plans/", include(plans.urlpatterns)),
    path("lists/", include(lists.urlpatterns)),
    path("reports/", include(reports.urlpatterns)),
    path("overview/", include(overview.urlpatterns)),
    path("follow/", include(following.urlpatterns)),
    path("import/", include(imports.urlpatterns)),
]
