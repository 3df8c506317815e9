"""App set-up: session records follow sign-ins; the entries of this app in the side navigation."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class UnitsConfig(AppConfig):
    name = "qingdan.web.units"
    label = "units"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in, user_logged_out

        from qingdan.web.common.navigation import NavItem, register

        from . import erasers, rights, signin, wording

        # Django writes the time of a sign-in outside any transaction; `signin.try_sign_in` writes it with its event.
        user_logged_in.disconnect(dispatch_uid="update_last_login")
        user_logged_in.connect(signin.session_started, dispatch_uid="qingdan-session-started")
        user_logged_out.connect(signin.session_ended, dispatch_uid="qingdan-session-ended")
        wording.register()
        erasers.register()
        group = _("组织与权限")
        register(
            NavItem(group, _("单位与岗位"), "units:units", "building", lambda user: True, order=800),
            NavItem(group, _("人员"), "units:people", "people", lambda u: bool(rights.can_see_people(u)), order=810),
            NavItem(
                group,
                _("权限变更"),
                "units:access",
                "key",
                lambda user: bool(rights.can_see_access(user)),
                badge=rights.waiting_for,
                order=820,
            ),
            NavItem(group, _("安全审计"), "units:audit", "shield", lambda u: bool(rights.can_audit(u)), order=830),
        )
