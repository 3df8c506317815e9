"""Pasted news: captions, teasers and bylines give no task; a person completes what the body proposes (P-58)."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from qingdan.web.common.errors import DomainError
from qingdan.web.tasks.imports.preview import forget
from qingdan.web.tasks.models import ImportBatch, Task
from qingdan.web.tasks.services import imports

# Made up, in the shapes of a web page's story: glued captions, a body, a byline, teasers of other stories.
STORY = """施工中的示例人才公寓效果图建设中的示例产业园航拍图
示例区实行任务清单工作法
本报记者
　　近日，示例区梳理出行动计划的细化任务，列出“任务清单”。比如，由区住建局负责的“624套人才公寓全面达到拎包入住条件”，完成时限是7月底。
　　由区农林局牵头的“完成农业园2.5平方公里规划编制并送审”正在推进。
（记者 示例）
新闻推荐 昨日降雨42.3毫米由区水务局负责的“排查积水点30处”
示例区举办长跑比赛，由区文体局负责的“组织赛事保障方案”昨日……"""


@pytest.fixture
def office(district, client):
    forget()
    client.force_login(district.officer)
    return client


def paste(client, text=STORY):
    answer = client.post(reverse("tasks:import-text"), {"text": text, "reference": "2017-07"})
    return ImportBatch.objects.first() if answer.status_code == 302 else answer


def proposal(number, **values):
    return {f"p-{number}-{name}": value for name, value in values.items()}


def form(*proposals):
    data = {"p-TOTAL_FORMS": str(len(proposals)), "p-INITIAL_FORMS": "0"}
    for number, values in enumerate(proposals):
        data |= proposal(number, **values)
    return data


@pytest.mark.covers("P-58")
def test_captions_teasers_and_bylines_propose_no_task(office):
    batch = paste(office)
    text = office.get(reverse("tasks:import", args=[batch.pk])).content.decode()
    for word in ("图片说明", "别的新闻", "署名", "正文"):
        assert word in text
    proposals = text.split("建议的任务")[1]
    assert "624套人才公寓" in proposals and "农业园2.5平方公里" in proposals
    assert "42.3" not in proposals and "积水点" not in proposals and "赛事" not in proposals
    assert "效果图" not in proposals


@pytest.mark.covers("P-58")
def test_pasted_text_alone_makes_no_task(office, district):
    batch = paste(office)
    assert Task.objects.count() == 3
    with pytest.raises(DomainError, match="没有需要新建"):
        imports.apply_import(district.officer, batch)
    assert Task.objects.count() == 3


def test_a_chosen_proposal_needs_plan_item_unit_and_deadline(office, district):
    batch = paste(office)
    url = reverse("tasks:import", args=[batch.pk])
    office.post(url, form({"chosen": "on", "line": "4", "work": "624套人才公寓全面达到拎包入住条件"}))
    text = office.get(url).content.decode()
    for missing in ("行动计划为空", "大项为空", "没有选牵头单位", "没有完成时限"):
        assert missing in text
    assert office.post(reverse("tasks:import-apply", args=[batch.pk])).status_code == 422
    whole = {
        "chosen": "on", "line": "4", "work": "624套人才公寓全面达到拎包入住条件", "plan": "“创客郫都”建设行动计划",
        "item": "人才公寓", "unit": district.bureau.pk, "deadline": "7月底",
    }  # fmt: skip
    office.post(url, form(whole, {"work": "没有勾选的"}))
    answer = office.post(reverse("tasks:import-apply", args=[batch.pk]), follow=True)
    assert "导入结果" in answer.content.decode()
    task = Task.objects.with_deadline().get(work__startswith="624套")
    assert (task.item.name, task.due_on) == ("人才公寓", date(2017, 7, 31))
    assert not Task.objects.filter(work="没有勾选的").exists()


def test_a_task_that_is_there_already_is_not_made_twice(office, district):
    batch = paste(office)
    again = {
        "work": "建成人才公寓624套", "plan": "示例行动计划", "item": "示例大项一", "unit": district.bureau.pk,
        "deadline": "年内",
    }  # fmt: skip
    imports.set_proposals(district.officer, batch, [again])
    with pytest.raises(DomainError, match="内容相同"):
        imports.apply_import(district.officer, batch)


@pytest.mark.parametrize("text", ["", " \n ", "\x00", "a" * 200_001])
def test_empty_or_endless_text_is_answered_with_the_form(office, text):
    answer = paste(office, text)
    assert answer.status_code == 422
    assert not ImportBatch.objects.exists()


@pytest.mark.parametrize("text", ["<script>alert(1)</script>。", "=1+1", "🙂" * 50, "由由由负责的“”。", "图\u202e片"])
def test_strange_text_is_shown_and_never_run(office, text):
    batch = paste(office, text)
    page = office.get(reverse("tasks:import", args=[batch.pk]))
    assert page.status_code == 200
    assert "<script>alert" not in page.content.decode()
