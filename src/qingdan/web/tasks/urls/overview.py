from django.urls import path

from ..views import overview

urlpatterns = [
    path("", overview.latest, name="overview"),
    path("<int:pk>/", overview.overview, name="overview-of"),
    path("<int:pk>/rows/", overview.overview_rows, name="overview-rows"),
    path("<int:pk>/counts/", overview.overview_counts, name="overview-counts"),
    path("<int:pk>.<str:kind>", overview.overview_file, name="overview-file"),
]
