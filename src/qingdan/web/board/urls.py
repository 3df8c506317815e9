from django.urls import path

from . import views

urlpatterns = [
    path("", views.home, name="home"),
    path("board/figures/", views.home_figures, name="home-figures"),
]
