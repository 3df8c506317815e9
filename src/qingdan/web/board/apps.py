from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BoardConfig(AppConfig):
    name = "qingdan.web.board"
    label = "board"

    def ready(self) -> None:
        from qingdan.web.common.navigation import NavItem, register

        register(NavItem("", _("首页"), "home", "home", lambda user: True, order=0))
