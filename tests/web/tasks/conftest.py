"""A small district: one plan, two items, three tasks, an issued July list and an open week. All made up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import pytest
from django.test import Client

from qingdan.web.common import clock
from qingdan.web.tasks.models import ListEdition, ReportPeriod, Task
from qingdan.web.tasks.services import lists, plans, reports
from qingdan.web.tasks.services.plans import TaskSpec
from qingdan.web.units.models import Role, Unit, User


@dataclass
class District:
    """People by role, units by name, and the work between them."""

    head: User
    officer: User
    reporter: User
    signer: User
    leader: User
    bureau: Unit
    other: Unit
    tasks: list[Task] = field(default_factory=list)
    edition: ListEdition | None = None
    period: ReportPeriod | None = None


@pytest.fixture
def district(person: Callable[..., User], unit: Callable[..., Unit], standing_clock: date) -> District:
    """Issued list of July 2017, open week of 10 July, the clock on Wednesday the 12th."""
    made = District(
        head=person(Role.SUPERVISION_HEAD),
        officer=person(Role.SUPERVISOR),
        reporter=person(Role.REPORTER, "区住建局"),
        signer=person(Role.SIGNER, "区住建局"),
        leader=person(Role.LEADER, "区委区政府"),
        bureau=unit("区住建局"),
        other=unit("区农林局"),
    )
    with clock.at(date(2017, 6, 30)):
        plan = plans.add_plan(made.officer, "示例行动计划", leads=[made.bureau])
        for name, works in (
            ("示例大项一", ["建成人才公寓624套", "完成道路改造3公里"]),
            ("示例大项二", ["编制招商方案"]),
        ):
            item = plans.add_item(made.officer, plan, name)
            for work in works:
                spec = TaskSpec(
                    work=work,
                    leads=[made.bureau],
                    responsible=[made.other],
                    deadline="7月31日前",
                    reference=date(2017, 7, 1),
                )
                made.tasks.append(plans.add_task(made.officer, item, spec))
        draft = lists.draft_edition(made.officer, date(2017, 7, 1))
        made.edition = lists.issue(made.head, draft, approver="区委主要领导")
    with clock.at(date(2017, 7, 10)):
        made.period = reports.open_period(made.officer, date(2017, 7, 12))
    return made


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    """A browser in which this person is signed in."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in
