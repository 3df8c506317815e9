"""The administrator's services over background work. The other verbs of the ground floor live beside their data:
`calendar`, `values`, `inbox`, `attachments`, `transports`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _
from django_tasks_db.models import DBTaskResult

from .errors import DomainError
from .events import record
from .rights import require
from .transports import can_see_deliveries

if TYPE_CHECKING:
    from qingdan.web.units.models import User

__all__ = ["can_see_jobs", "retry_task"]

can_see_jobs = can_see_deliveries


@transaction.atomic
def retry_task(actor: User, result: DBTaskResult) -> DBTaskResult:
    """Enqueue a failed task once more with the same arguments; the failed try stays on record.

    Raises DomainError when it did not fail, or when the program no longer knows the task.
    """
    require(can_see_jobs(actor))
    result = DBTaskResult.objects.select_for_update().get(pk=result.pk)
    if result.status != "FAILED":
        raise DomainError(result.task_path, _("这项任务没有失败。"), _("请刷新页面查看最新状态。"))
    kwargs = {name: value for name, value in result.args_kwargs["kwargs"].items() if name != "attempt"}
    try:
        task = result.task
    except (ImportError, AttributeError):
        raise DomainError(
            result.task_path, _("现在的程序中没有这项任务。"), _("升级后不再需要的任务不必重做。")
        ) from None
    # Now, not at the time for which the failed try was meant.
    again = task.using(run_after=None).enqueue(*result.args_kwargs["args"], **kwargs)
    record(actor, "common.retry_task", result, task=result.task_path, again=str(again.id))
    return DBTaskResult.objects.get(pk=again.id)
