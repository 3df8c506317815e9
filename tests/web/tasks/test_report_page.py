"""The reporter's page: written in place, saved while typing, with nothing ever lost."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from reporting import GOOD, browser, one, submit, write

from qingdan.web.common import clock, values
from qingdan.web.tasks.models import ReportDraft, ReportVersion, Target
from qingdan.web.tasks.services import reports
from qingdan.web.units.models import Role


def page(district, user=None, query=""):
    return browser(user or district.reporter).get(reverse("tasks:my-reports") + query).content.decode()


@pytest.fixture
def next_week(district):
    """All three tasks reported in the first week; the clock stands in the second."""
    for task in district.tasks:
        write(district, task, progress=f"{task.work}：上期完成基础施工")
    submit(district)
    with clock.at(date(2017, 7, 17)):
        district.period = reports.open_period(district.officer, date(2017, 7, 17))
    with clock.at(date(2017, 7, 19)):
        yield district


@pytest.mark.covers("P-04", "P-05", "P-06")
def test_the_page_shows_each_owed_task_with_what_was_said_last_week(next_week):
    html = page(next_week)
    for task in next_week.tasks:
        assert html.count(f"{task.work}：上期完成基础施工") == 2  # beside the form, and in it to be changed
    assert "应报 <strong>3</strong>" in html and "已填 <strong>0</strong>" in html
    assert "（还有 2 天）" in html
    assert html.count('value="unsure"') == 3


def test_saving_while_typing_answers_with_the_state_and_the_new_revision(district):
    response = browser(district.reporter).post(one("report-save", district), {**GOOD, "revision": 0})
    html = response.content.decode()
    assert response.status_code == 200
    assert 'name="revision" value="1"' in html and "待签发" in html and "草稿已保存" in html
    assert ReportDraft.objects.get().progress == GOOD["progress"]


def test_an_incomplete_draft_is_saved_and_says_what_is_still_missing(district):
    response = browser(district.reporter).post(one("report-save", district), {"progress": "", "revision": 0})
    assert "进展情况为空" in response.content.decode()


@pytest.mark.covers("P-07")
def test_cannot_without_reason_is_a_draft_and_not_more(district):
    html = browser(district.reporter).post(one("report-save", district), {**GOOD, "forecast": "no"}).content.decode()
    assert "未填原因" in html and "草稿" in html and "待签发" not in html


def test_two_who_write_the_same_report_do_not_overwrite_each_other(district, person):
    colleague = person(Role.REPORTER, "区住建局")
    browser(colleague).post(one("report-save", district), {**GOOD, "progress": "同事先写的内容", "revision": 0})
    mine = {**GOOD, "progress": "我后写的内容", "revision": 0}
    quiet = browser(district.reporter).post(one("report-save", district), mine, headers={"HX-Request": "true"})
    assert quiet.status_code == 409 and "data-fault" in quiet.content.decode()
    full = browser(district.reporter).post(one("report-edit", district), mine)
    html = full.content.decode()
    assert full.status_code == 409 and "我后写的内容" in html and "同事先写的内容" in html
    assert ReportDraft.objects.get().progress == "同事先写的内容"
    assert 'name="revision" value="1"' in html
    assert browser(district.reporter).post(one("report-edit", district), {**mine, "revision": 1}).status_code == 302
    assert ReportDraft.objects.get().progress == "我后写的内容"


def test_without_scripts_the_edit_page_saves_and_returns_to_the_task(district):
    client = browser(district.reporter)
    assert "建成人才公寓624套" in client.get(one("report-edit", district)).content.decode()
    response = client.post(one("report-edit", district), {**GOOD, "revision": 0})
    assert response.status_code == 302 and response["Location"].endswith(f"#task-{district.tasks[0].pk}")


def test_a_figure_out_of_range_is_named_and_what_was_typed_stays(district):
    bad = {**GOOD, "percent": "130", "revision": 0}
    response = browser(district.reporter).post(one("report-edit", district), bad)
    assert response.status_code == 422 and GOOD["progress"] in response.content.decode()
    quiet = browser(district.reporter).post(one("report-save", district), bad, headers={"HX-Request": "true"})
    assert quiet.status_code == 422 and "完成比例" in quiet.content.decode()
    assert not ReportDraft.objects.exists()


def test_the_quantity_done_stands_against_the_target(district):
    Target.objects.create(task=district.tasks[0], value=624, unit="套", written="624套")
    assert "目标：" in page(district) and "624套" in page(district)
    browser(district.reporter).post(one("report-save", district), {**GOOD, "quantity": "312.5", "revision": 0})
    assert 'value="312.5"' in page(district)


@pytest.mark.covers("B-50")
def test_no_change_takes_one_click_until_the_cap_and_then_says_why_not(district):
    write(district, progress="基础施工完成六成")
    submit(district)
    cap = int(values.get("no_change_cap"))
    for week in range(1, cap + 2):
        day = date.fromordinal(date(2017, 7, 12).toordinal() + 7 * week)
        with clock.at(day):
            district.period = reports.open_period(district.officer, day)
            client = browser(district.reporter)
            html = client.get(reverse("tasks:my-reports")).content.decode()
            response = client.post(one("report-no-change", district))
            if week <= cap:
                assert response.status_code == 302
                assert [v.progress for v in submit(district)] == ["基础施工完成六成"]
            else:
                assert response.status_code == 422 and f"已连续{cap}周" in response.content.decode()
                assert "达到上限" in html and " disabled" in html
    assert ReportVersion.objects.filter(no_change=True).count() == cap


def test_all_others_unchanged_leaves_what_was_written_alone(next_week):
    write(next_week, next_week.tasks[0], progress="本周主体封顶")
    address = reverse("tasks:report-rest-unchanged", args=[next_week.period.pk, next_week.bureau.pk])
    browser(next_week.reporter).post(address)
    drafts = ReportDraft.objects.filter(period=next_week.period).order_by("task__item__sort", "task__sort")
    first = drafts[0]
    assert (first.progress, first.no_change) == ("本周主体封顶", False)
    assert drafts.filter(no_change=True).count() == 2


def test_a_file_is_put_beside_the_draft_seen_by_the_unit_and_taken_off_again(district, person):
    file = SimpleUploadedFile("现场照片.png", b"\x89PNG\r\n\x1a\n" + b"0" * 20)
    client = browser(district.reporter)
    write(district, claims_done=True)
    client.post(one("report-evidence", district), {"evidence": file})
    draft = ReportDraft.objects.get()
    attachment = draft.evidence.get()
    assert draft.revision == 1
    download = reverse("common:attachment", args=[attachment.pk])
    assert browser(district.signer).get(download).status_code == 200
    assert browser(person(Role.REPORTER, "区水务局")).get(download).status_code == 404
    assert browser(district.officer).get(download).status_code == 404  # a draft is the unit's own
    (version,) = submit(district)
    assert browser(district.officer).get(download).status_code == 200
    client.post(one("report-evidence-remove", district, file_id=attachment.pk))
    assert not ReportDraft.objects.get().evidence.exists() and version.evidence.count() == 1


def test_a_file_that_is_not_taken_stops_the_save_and_keeps_the_words(district):
    bad = SimpleUploadedFile("程序.exe", b"MZ\x00\x00")
    response = browser(district.reporter).post(one("report-edit", district), {**GOOD, "evidence": bad, "revision": 0})
    assert response.status_code == 422 and GOOD["progress"] in response.content.decode()
    assert not ReportDraft.objects.exists()


def test_files_alone_are_no_report(district):
    file = SimpleUploadedFile("说明.txt", "说明".encode())
    browser(district.reporter).post(one("report-evidence", district), {"evidence": file})
    assert submit(district) == []


def test_a_week_without_working_days_says_why_nothing_is_owed(district):
    with clock.at(date(2017, 10, 4)):
        period = reports.open_period(district.officer, date(2017, 10, 4))
        html = page(district)
    assert period.skipped in html and "本周免报" in html


@pytest.mark.covers("P-36")
def test_a_past_week_can_be_corrected_for_two_weeks_and_only_read_after(district):
    write(district)
    submit(district)
    first = district.period
    for day, open_still in ((date(2017, 7, 28), True), (date(2017, 7, 29), False)):
        with clock.at(day):
            reports.open_period(district.officer, day)
            html = page(district, query=f"?week={first.pk}")
            assert GOOD["progress"] in html
            assert ("data-save>" in html) is open_still
            assert ("已过更正期" in html) is not open_still


def test_a_person_of_two_units_chooses_the_unit(district, person):
    from qingdan.web.units.models import Holding, Post

    other = person(Role.REPORTER, "区农林局")
    post = Post.objects.get(holdings__user=district.reporter)
    Holding.objects.create(post=post, user=other, since=date(2000, 1, 1))
    html = page(district, other, f"?unit={district.bureau.pk}")
    assert 'name="unit"' in html and "<select" in html and "建成人才公寓624套" in html


def test_a_returned_report_shows_the_reason_until_it_is_corrected(district):
    write(district)
    (version,) = submit(district)
    reports.return_report(district.officer, version, reason="请写明完成套数")
    html = page(district)
    assert "请写明完成套数" in html and "已退回" in html
    write(district, progress="已建成312套，其余在装修")
    assert [v.version for v in submit(district)] == [2]
    assert "请写明完成套数" not in page(district)


@pytest.mark.covers("B-50")
def test_copied_words_are_pointed_out_gently_before_signing(next_week):
    client = browser(next_week.reporter)
    task = next_week.tasks[0]
    html = client.post(
        one("report-save", next_week), {"progress": f"{task.work}：上期完成基础施工", "forecast": "yes"}
    ).content.decode()
    assert "与上期文字相似度100%" in html
    html = client.post(one("report-save", next_week), {**GOOD, "claims_done": "on"}).content.decode()
    assert "尚未附佐证材料" in html and "相似度" not in html


def test_the_navigation_counts_what_is_owed_and_what_waits_for_the_signer(district):
    write(district)
    assert '<span class="qd-nav__badge">2</span>' in page(district)
    assert '<span class="qd-nav__badge">1</span>' in page(district, district.signer)
