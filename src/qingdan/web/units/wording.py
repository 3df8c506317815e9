"""The Chinese names of this app's verbs, objects and facts, for readers of the log."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from qingdan.web.common.wording import ObjectName, register_facts, register_objects, register_verbs

from .models import Role

ORGANISATION = {
    "units.add_unit": _("新增单位"),
    "units.edit_unit": _("修改单位"),
    "units.close_unit": _("撤销单位"),
    "units.add_name": _("登记名称"),
    "units.remove_name": _("去掉名称"),
    "units.add_post": _("新增岗位"),
    "units.edit_post": _("修改岗位"),
    "units.close_post": _("撤销岗位"),
}
ACCOUNTS = {
    "units.add_person": _("新建账号"),
    "units.edit_person": _("修改人员"),
    "units.switch_on": _("启用账号"),
    "units.switch_off": _("停用账号"),
    "units.reset_password": _("重置密码"),
    "units.change_password": _("修改密码"),
    "units.rehash_password": _("更新密码存储方式"),
    "units.request_access_change": _("提出权限变更"),
    "units.decide_access_change": _("审批权限变更"),
    "units.bootstrap_admin": _("设立管理员"),
}
SIGN_INS = {
    "units.sign_in": _("登录"),
    "units.sign_out": _("退出登录"),
    "units.try_sign_in": _("尝试登录"),
    "units.lock_sign_in": _("登录被锁定"),
    "units.end_session": _("结束登录"),
    "units.end_sessions": _("结束全部登录"),
}


def register() -> None:
    """Called once when the app is ready."""
    register_verbs("units.organisation", _("单位与岗位"), ORGANISATION)
    register_verbs("units.accounts", _("账号与权限"), ACCOUNTS)
    register_verbs("units.sign_ins", _("登录"), SIGN_INS)
    register_objects(
        {
            "units.accesschange": ObjectName(_("权限变更")),
            "units.post": ObjectName(_("岗位"), "units:post"),
            "units.signinattempt": ObjectName(_("登录尝试")),
            "units.unit": ObjectName(_("单位"), "units:unit"),
            "units.user": ObjectName(_("人员"), "units:person"),
        }
    )
    register_facts(
        {
            "approved": _("同意"), "aliases": _("别名"), "changed": _("变化"), "code": _("编码"), "duty": _("业务职责"),
            "effective_on": _("生效日期"), "email": _("邮箱"), "integrity_duty": _("廉政职责"), "into": _("并入"),
            "members": _("包含单位"), "on": _("日期"), "parent": _("上级"), "post": _("岗位"), "replaces": _("接替"),
            "role": _("角色"), "sessions_ended": _("结束的登录数"), "ended": _("结束的登录数"),
            "started_at": _("登录时间"), "unit": _("单位"), "until": _("用到何时"), "user": _("人员"),
            "username": _("登录名"),
        },
        values={"role": dict(Role.choices)},
    )  # fmt: skip
