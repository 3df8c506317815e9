"""What the tests of the weekly report share: signed-in browsers, and short ways to write and submit."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse

from qingdan.web.tasks.services import reports
from qingdan.web.units.models import User

GOOD: dict[str, Any] = {"progress": "主体结构完工，正在进行外墙装饰施工", "forecast": "yes"}


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def one(name: str, district: Any, task: Any = None, **kwargs: Any) -> str:
    """The address of one task of the district's unit and week."""
    task = task or district.tasks[0]
    return reverse(
        f"tasks:{name}",
        kwargs={"period_id": district.period.pk, "task_id": task.pk, "unit_id": district.bureau.pk, **kwargs},
    )


def write(district: Any, task: Any = None, **content: Any) -> Any:
    task = task or district.tasks[0]
    return reports.save_draft(district.reporter, district.period, task, district.bureau, {**GOOD, **content})


def submit(district: Any) -> list[Any]:
    return reports.submit(district.signer, district.period, district.bureau)
