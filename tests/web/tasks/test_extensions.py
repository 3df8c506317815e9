"""Extensions: those that wait first, decided by the head, the old deadline kept in sight."""

from __future__ import annotations

import pytest
from django.urls import reverse

from qingdan.web.tasks.models import ExtensionDecision
from qingdan.web.tasks.services import following


@pytest.fixture
def waiting(district):
    return [
        following.request_extension(district.reporter, task, district.bureau, deadline="8月15日前", reason="设计变更")
        for task in district.tasks[:2]
    ]


def decide(client, request, **data):
    return client.post(reverse("tasks:extension", args=[request.pk]), data)


def test_the_head_decides_and_the_task_keeps_both_deadlines(district, waiting, signed_in):
    client = signed_in(district.head)
    assert decide(client, waiting[0], approved="yes", reason="同意").status_code == 302
    html = client.get(reverse("tasks:task", args=[district.tasks[0].pk])).content.decode()
    assert "8月15日前" in html and "<del" in html and "7月31日前" in html


def test_a_refusal_changes_nothing_but_is_kept(district, waiting, signed_in):
    client = signed_in(district.head)
    decide(client, waiting[0], approved="no", reason="理由不足")
    html = client.get(reverse("tasks:extension", args=[waiting[0].pk])).content.decode()
    assert "不同意" in html and "理由不足" in html
    assert district.tasks[0].deadlines.count() == 1


def test_what_waits_stands_first(district, waiting, signed_in):
    following.decide_extension(district.head, waiting[1], approved=True, reason="同意")
    html = signed_in(district.officer).get(reverse("tasks:extensions")).content.decode()
    assert html.index(district.tasks[0].work) < html.index(district.tasks[1].work)
    pending = signed_in(district.officer).get(reverse("tasks:extensions"), {"state": "pending"}).content.decode()
    assert district.tasks[1].work not in pending


def test_nobody_else_decides_and_an_opinion_is_needed(district, waiting, signed_in):
    for user in (district.officer, district.reporter, district.leader):
        assert decide(signed_in(user), waiting[0], approved="yes", reason="同意").status_code == 403
    assert decide(signed_in(district.head), waiting[0], approved="yes", reason=" ").status_code == 422
    assert not ExtensionDecision.objects.exists()


def test_a_second_decision_is_refused(district, waiting, signed_in):
    client = signed_in(district.head)
    decide(client, waiting[0], approved="yes", reason="同意")
    assert decide(client, waiting[0], approved="no", reason="反悔").status_code == 422
    assert ExtensionDecision.objects.get().approved
