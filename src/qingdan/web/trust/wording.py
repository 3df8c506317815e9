"""The Chinese names of what readers of the record and keepers of its witnesses do."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from qingdan.web.common.wording import ObjectName, register_facts, register_objects, register_verbs

VERBS = {
    "trust.add_witness": _("登记见证"),
    "trust.end_witness": _("终止见证"),
    "trust.search_log": _("查询记录"),
    "trust.read_history": _("查看对象记录"),
    "trust.read_receipt": _("查看他人回执"),
    "trust.read_hands": _("查看人工干预登记"),
    "trust.export_log": _("导出记录"),
    "trust.export_history": _("下载对象回执"),
    "trust.export_hands": _("导出人工干预登记"),
}


def register() -> None:
    """Called once when the app is ready."""
    register_verbs("trust", _("记录与见证"), VERBS)
    register_objects(
        {
            "common.leaf": ObjectName(_("回执")),
            "trust.witness": ObjectName(_("见证")),
        }
    )
    register_facts(
        {
            "body": _("见证单位"), "object": _("对象"), "object_id": _("对象编号"), "object_type": _("对象类型"),
            "person": _("人员"), "post": _("岗位"), "since": _("起"), "theme": _("事项"),
            "unexplained": _("只看未说明理由的"), "action": _("动作"), "vkey": _("公钥"),
        }
    )  # fmt: skip
