"""The words for erasures in the log."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from qingdan.web.common.wording import ObjectName, register_facts, register_objects, register_verbs

from .models import ErasureRequest


def register() -> None:
    """Called once when the app is ready."""
    register_verbs(
        "trust.erasure",
        _("个人信息删除"),
        {
            "trust.ask_erasure": _("申请删除个人信息"),
            "trust.decide_erasure": _("决定删除个人信息"),
            "trust.settle_erasure": _("清除数据库旧页"),
        },
    )
    register_objects({"trust.erasurerequest": ObjectName(_("删除申请"), "trust:erasure")})
    register_facts(
        {
            "granted": _("同意"), "scope": _("范围"), "object_type": _("对象类型"), "object_id": _("对象编号"),
            "events": _("涉及记录"), "rows": _("涉及数据行"), "left": _("另见"),
        },
        values={"scope": dict(ErasureRequest.Scope.choices)},
    )  # fmt: skip
