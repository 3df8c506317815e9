"""The ladder that an office starts with; it changes it as it likes (`services.escalation.set_rule`)."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from qingdan.web.common.events import record
from qingdan.web.units.models import Role

from .models import EscalationRule

Trigger = EscalationRule.Trigger
# Counted from, working days, level, who is told, only for key tasks.
RUNGS: tuple[tuple[str, int, str, str, bool], ...] = (
    (Trigger.REPORT, -1, "周报提醒", Role.REPORTER, False),
    (Trigger.REPORT, 1, "周报催办", Role.SIGNER, False),
    (Trigger.REPORT, 3, "周报督办", Role.SUPERVISION_HEAD, False),
    (Trigger.TASK, -5, "到期提醒", Role.REPORTER, False),
    (Trigger.TASK, 0, "当日提醒", Role.SIGNER, False),
    (Trigger.TASK, 1, "逾期催办", Role.SIGNER, False),
    (Trigger.TASK, 3, "逾期督办", Role.SUPERVISION_HEAD, False),
    (Trigger.TASK, 5, "重点任务逾期报告", Role.LEADER, True),
    (Trigger.PROBLEM, -1, "答复提醒", Role.SIGNER, False),
    (Trigger.PROBLEM, 1, "答复逾期", Role.SUPERVISION_HEAD, False),
)


def after_migrate(sender: Any, **_: Any) -> None:
    """Give a database without any rung the first ladder; rungs are switched off, never removed, so it stays once."""
    if EscalationRule.objects.exists():
        return
    with transaction.atomic():
        for trigger, workdays, name, recipient, key_only in RUNGS:
            rule = EscalationRule.objects.create(
                trigger=trigger, workdays=workdays, name=name, recipient=recipient, key_only=key_only
            )
        record(None, "tasks.seed_rungs", rule, rungs=len(RUNGS))
