"""The signer's sheet, the receipt, one version and its return."""

from __future__ import annotations

from datetime import date, time

import pytest
from django.urls import reverse
from reporting import GOOD, browser, submit, write

from qingdan.web.common import clock
from qingdan.web.common.models import Event, Notification
from qingdan.web.tasks.models import Problem, ReportVersion
from qingdan.web.tasks.services import reports
from qingdan.web.units.models import Holding, Post, PostRole, Role


def boxes(*drafts):
    return {"task": [f"{draft.task_id}-{draft.revision}" for draft in drafts]}


@pytest.mark.covers("P-04", "P-07")
def test_the_sheet_shows_the_drafts_and_puts_what_stands_in_the_way_first(district):
    write(district, district.tasks[0])
    write(district, district.tasks[1], forecast="no", reason="雨季")
    html = browser(district.signer).get(reverse("tasks:sign")).content.decode()
    assert GOOD["progress"] in html and html.index("还不能报送") < html.index("待签发内容")
    assert "未填建议" in html and "本周尚未填写" in html
    assert html.count(" checked") == 1


@pytest.mark.covers("P-36", "P-16")
def test_signing_leads_to_a_receipt_with_time_count_and_versions(district):
    drafts = [write(district, task, problem="需协调用地") for task in district.tasks[:2]]
    response = browser(district.signer).post(reverse("tasks:sign"), boxes(*drafts), follow=True)
    html = response.content.decode()
    assert "已签发并报送 2 项" in html and html.count("第 1 版") == 2 and "2017年7月12日 09:00" in html
    assert Problem.objects.count() == 2
    assert len(set(ReportVersion.objects.values_list("submitted_at", flat=True))) == 1


def test_only_what_is_ticked_is_submitted(district):
    first, _second = (write(district, task) for task in district.tasks[:2])
    browser(district.signer).post(reverse("tasks:sign"), boxes(first))
    assert [v.task_id for v in ReportVersion.objects.all()] == [first.task_id]
    assert "没有勾选" in browser(district.signer).post(reverse("tasks:sign"), {}).content.decode()


def test_one_faulty_draft_keeps_all_of_them_back(district):
    good, bad = write(district, district.tasks[0]), write(district, district.tasks[1], forecast="no")
    response = browser(district.signer).post(reverse("tasks:sign"), boxes(good, bad))
    assert response.status_code == 422 and "没有报送任何内容" in response.content.decode()
    assert not ReportVersion.objects.exists()


def test_a_draft_changed_after_the_sheet_was_opened_is_not_signed_unread(district):
    draft = write(district)
    write(district, progress="填报人又改了")
    response = browser(district.signer).post(reverse("tasks:sign"), boxes(draft))
    assert response.status_code == 409 and "填报人又改过内容" in response.content.decode()
    assert not ReportVersion.objects.exists()


def test_who_wrote_a_draft_is_told_to_let_another_sign(district):
    post = Post.objects.get(holdings__user=district.reporter)
    PostRole.objects.create(post=post, role=Role.SIGNER, since=date(2000, 1, 1))
    draft = write(district)
    client = browser(district.reporter)
    html = client.get(reverse("tasks:sign")).content.decode()
    assert "填报人不得签发本人填写的内容" in html and " checked" not in html
    assert client.post(reverse("tasks:sign"), boxes(draft)).status_code == 422
    assert not ReportVersion.objects.exists()


def test_a_reporter_and_another_unit_s_signer_cannot_sign(district, person):
    draft = write(district)
    assert browser(district.reporter).post(reverse("tasks:sign"), boxes(draft)).status_code == 403
    other = browser(person(Role.SIGNER, "区水务局"))
    assert other.post(reverse("tasks:sign") + f"?unit={district.bureau.pk}", boxes(draft)).status_code == 404
    assert not ReportVersion.objects.exists()


@pytest.mark.covers("P-04")
def test_after_the_due_hour_a_report_is_marked_as_late(district):
    for moment, late in ((time(17, 30), False), (time(17, 31), True)):
        with clock.at(clock.local(date(2017, 7, 14), moment)):
            write(district, progress=f"{moment} 的进展")
            assert [v.late for v in submit(district)] == [late]


@pytest.mark.covers("P-36")
def test_a_version_shows_who_wrote_it_and_what_changed_since_the_one_before(district):
    write(district, progress="主体完工三成")
    submit(district)
    write(district, progress="主体完工五成")
    (version,) = submit(district)
    html = browser(district.officer).get(reverse("tasks:report", args=[version.pk])).content.decode()
    assert "主体完工<del>三</del><ins>五</ins>成" in html and "与第 1 版相比" in html
    assert district.reporter.name in html and district.signer.name in html


def test_markup_in_a_report_is_shown_as_text(district):
    write(district, progress="<script>alert(1)</script>的进展")
    submit(district)
    write(district, progress="<b>改</b>")
    (version,) = submit(district)
    html = browser(district.officer).get(reverse("tasks:report", args=[version.pk])).content.decode()
    assert "<script>alert" not in html and "<b>改" not in html


@pytest.mark.covers("P-36")
def test_sending_back_needs_a_reason_and_tells_the_unit(district):
    write(district)
    (version,) = submit(district)
    address = reverse("tasks:report-return", args=[version.pk])
    client = browser(district.officer)
    assert client.post(address, {"reason": " "}).status_code == 422
    assert client.post(address, {"reason": "请写明套数"}).status_code == 302
    told = Notification.objects.filter(key=f"returned:{version.pk}").values_list("recipient", flat=True)
    assert set(told) == {district.reporter.pk, district.signer.pk}
    assert client.post(address, {"reason": "再退"}).status_code == 409
    assert Event.objects.filter(verb="tasks.return_report").count() == 1


def test_a_successor_in_the_post_signs_what_waits(district, person):
    draft = write(district)
    post = Post.objects.get(holdings__user=district.signer)
    Holding.objects.filter(user=district.signer).update(until=date(2017, 7, 11))
    successor = person(Role.REPORTER, "区水务局")
    Holding.objects.create(post=post, user=successor, since=date(2017, 7, 12))
    assert browser(district.signer).get(reverse("tasks:sign")).status_code == 403
    assert browser(successor).post(reverse("tasks:sign"), boxes(draft)).status_code == 302
    assert ReportVersion.objects.get().signed_by == successor


def test_the_office_and_the_unit_do_not_collide_when_both_hand_in(district):
    from django.core.files.uploadedfile import SimpleUploadedFile

    from qingdan.web.common.attachments import store

    file = store(district.officer, SimpleUploadedFile("填报表.txt", "表".encode()))
    reports.submit_on_behalf(
        district.officer, district.period, district.bureau, {district.tasks[0].pk: GOOD}, file=file
    )
    write(district, progress="单位自行更正")
    assert [v.version for v in submit(district)] == [2]
