"""App set-up: triggers and calendar after every migration, and the jobs that the apps register."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class CommonConfig(AppConfig):
    name = "qingdan.web.common"
    label = "common"

    def ready(self) -> None:
        from . import calendar, erasers, triggers, values  # noqa: F401  values connects its signals

        post_migrate.connect(triggers.after_migrate, dispatch_uid="qingdan-triggers")
        post_migrate.connect(calendar.after_migrate, sender=self, dispatch_uid="qingdan-calendar")
        autodiscover_modules("jobs")
        erasers.register()
        self._navigation()

    @staticmethod
    def _navigation() -> None:
        from . import services, values
        from .inbox import unread_count
        from .navigation import NavItem, register

        register(
            NavItem(_("常用"), _("收件箱"), "common:inbox", "inbox", lambda user: True, badge=unread_count, order=90),
            NavItem(_("设置"), _("工作日历"), "common:calendar", "calendar", lambda user: True, order=900),
            NavItem(
                _("设置"), _("工作参数"), "common:values", "gear", lambda u: bool(values.can_see_values(u)), order=910
            ),
            NavItem(
                _("设置"), _("后台作业"), "common:jobs", "clock", lambda u: bool(services.can_see_jobs(u)), order=920
            ),
        )
