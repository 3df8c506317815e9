"""Hints on reports: reasons to look, with both texts beside each other, and never a verdict."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse
from reporting import browser, submit, write

from qingdan.web.common import clock
from qingdan.web.tasks.differences import marked, side_by_side
from qingdan.web.tasks.hints import HintKind, hints_of
from qingdan.web.tasks.services import reports
from qingdan.web.units.models import Role

TEXT = "主体结构完成三层，正在进行四层钢筋绑扎"


def week(district, day, **contents):
    with clock.at(day):
        district.period = reports.open_period(district.officer, day)
        for index, content in contents.items():
            write(district, district.tasks[int(index[1:])], **content)
        submit(district)
    return district.period


def kinds(district):
    return [hint.kind for hint in hints_of(district.officer, district.period)]


@pytest.mark.covers("B-50")
def test_words_copied_from_the_week_before_are_pointed_out_with_both_texts(district):
    week(district, date(2017, 7, 12), t0={"progress": TEXT})
    week(district, date(2017, 7, 19), t0={"progress": TEXT.replace("三层", "三层。") + "。"})
    (hint,) = hints_of(district.officer, district.period)
    assert hint.kind == HintKind.COPIED_SELF and hint.similarity > 0.9 and hint.other.progress == TEXT
    with clock.at(date(2017, 7, 19)):
        html = browser(district.officer).get(reverse("tasks:hints")).content.decode()
    assert html.count("正在进行四层钢筋绑扎") == 2 and "<ins>。</ins>" in html and "不作结论" in html


@pytest.mark.covers("B-50")
def test_different_words_and_short_ones_raise_no_hint(district):
    week(district, date(2017, 7, 12), t0={"progress": TEXT}, t1={"progress": "正在施工"})
    week(
        district, date(2017, 7, 19), t0={"progress": "外墙装饰完成六成，室内水电安装开始"}, t1={"progress": "正在施工"}
    )
    assert kinds(district) == []


@pytest.mark.covers("B-50")
def test_the_same_words_on_two_tasks_are_pointed_out_once(district):
    week(district, date(2017, 7, 12), t0={"progress": TEXT}, t1={"progress": TEXT})
    assert kinds(district) == [HintKind.COPIED_OTHER]


@pytest.mark.covers("B-50")
def test_weeks_without_change_in_a_row_are_counted(district):
    week(district, date(2017, 7, 12), t0={"progress": TEXT})
    for day in (19, 26):
        with clock.at(date(2017, 7, day)):
            district.period = reports.open_period(district.officer, date(2017, 7, day))
            reports.report_no_change(district.reporter, district.period, district.tasks[0], district.bureau)
            submit(district)
    (hint,) = hints_of(district.officer, district.period)
    assert hint.kind == HintKind.NO_CHANGE and "连续2周" in hint.text


@pytest.mark.covers("B-50")
def test_a_claim_of_done_without_a_file_is_pointed_out(district):
    week(district, date(2017, 7, 12), t0={"progress": TEXT, "claims_done": True})
    assert kinds(district) == [HintKind.DONE_WITHOUT_EVIDENCE]


def test_hints_are_filtered_by_kind_and_kept_from_units_and_administrators(district, person):
    week(district, date(2017, 7, 12), t0={"progress": TEXT, "claims_done": True}, t1={"progress": TEXT})
    address = reverse("tasks:hints")
    client = browser(district.officer)
    assert client.get(address).content.decode().count("qd-card qd-diff") == 2
    assert client.get(address, {"kind": "no_evidence"}).content.decode().count("qd-card qd-diff") == 1
    assert browser(district.reporter).get(address).status_code == 403
    assert browser(person(Role.AUDIT_ADMIN, "信息中心")).get(address).status_code == 403
    embedded = browser(person(Role.EMBEDDED, "区水务局")).get(address)
    assert embedded.status_code == 200 and "qd-card qd-diff" not in embedded.content.decode()


def test_a_difference_marks_what_left_and_what_came_and_escapes_both():
    assert str(marked("完成三成", "完成五成")) == "完成<del>三</del><ins>五</ins>成"
    left, right = side_by_side("甲<b>", "甲")
    assert (str(left), str(right)) == ("甲<del>&lt;b&gt;</del>", "甲")
