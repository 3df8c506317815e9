"""The site's addresses; each app owns its own."""

from django.urls import include, path

urlpatterns = [
    path("", include("qingdan.web.board.urls")),
    path("", include("qingdan.web.common.urls")),
    path("", include("qingdan.web.units.urls")),
    path("", include("qingdan.web.trust.urls")),
    path("", include("qingdan.web.tasks.urls")),
]
