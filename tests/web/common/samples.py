"""Sample objects of the ground floor for the walk over every address: an inbox line, a digest, a failed job."""

from __future__ import annotations

from typing import Any

from django_tasks_db.models import DBTaskResult

from qingdan.web.common import clock, inbox
from qingdan.web.common.jobs import deliver_digests
from qingdan.web.common.models import Delivery, Notification


def _line(world: Any) -> int:
    inbox.notify([world.users["reporter"]], key="sample", title="示例提醒")
    return Notification.objects.get(key="sample").pk


def _delivery(world: Any) -> int:
    now = clock.now()
    return Delivery.objects.create(
        transport="robot", subject="示例", text="示例", created_at=now, attempts=1, error="示例"
    ).pk


def _failed_task(world: Any) -> str:
    result = deliver_digests.enqueue()
    DBTaskResult.objects.filter(pk=result.id).update(status="FAILED", finished_at=clock.now())
    return str(result.id)


SAMPLES = {
    "common:inbox_open.pk": _line,
    "common:delivery_retry.pk": _delivery,
    "common:task_retry.pk": _failed_task,
    "year": lambda world: 2017,
    "day": lambda world: "2017-07-14",
    "name": lambda world: "escalation",
}
