"""Pages of the ground floor through the client: who sees what, and that forms keep what was typed."""

import io
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from qingdan.web.common import attachments, calendar, clock, inbox, jobs, scheduler, values
from qingdan.web.common.models import Delivery, Event, Notification, ScheduleSlot
from qingdan.web.units.models import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_(client, person):
    """Sign in somebody with a role: ``as_(Role.REPORTER)``; the client keeps the person as ``user``."""

    def sign_in(role, unit="区住建局"):
        client.user = person(role, unit)
        assert client.login(username=client.user.username, password="Test-pass-2017")
        return client

    return sign_in


# ------------------------------------------------------------------ inbox
def test_the_inbox_says_when_it_is_empty(as_):
    page = as_(Role.REPORTER).get("/inbox/")
    assert page.status_code == 200 and "没有未读" in page.content.decode()


def test_opening_a_line_marks_it_read_and_goes_there(as_):
    client = as_(Role.REPORTER)
    inbox.notify([client.user], key="k", title="周报今日截止", url="/calendar/2017/")
    assert "周报今日截止" in client.get("/inbox/").content.decode()
    line = Notification.objects.get()
    assert client.get(reverse("common:inbox_open", args=[line.pk])).status_code == 405
    assert client.post(reverse("common:inbox_open", args=[line.pk])).url == "/calendar/2017/"
    assert inbox.unread_count(client.user) == 0
    assert "周报今日截止" in client.get("/inbox/?show=all").content.decode()


def test_anothers_line_does_not_exist(as_, person):
    inbox.notify([person(Role.REPORTER, "区商务局")], key="k", title="t")
    client = as_(Role.REPORTER)
    assert client.post(reverse("common:inbox_open", args=[Notification.objects.get().pk])).status_code == 404


def test_all_lines_are_marked_read(as_):
    client = as_(Role.REPORTER)
    for key in "abc":
        inbox.notify([client.user], key=key, title="t")
    assert client.post("/inbox/read-all/").status_code == 302
    assert inbox.unread_count(client.user) == 0


def test_a_long_inbox_is_paged_with_few_queries(as_, django_assert_max_num_queries):
    client = as_(Role.REPORTER)
    for n in range(120):
        inbox.notify([client.user], key=f"k{n}", title=f"第{n}条")
    with django_assert_max_num_queries(16):
        page = client.get("/inbox/?page=2").content.decode()
    assert "第51–100条" in page.replace(" ", "") and page.count("<tr>") == 51


# ------------------------------------------------------------------ calendar
@pytest.mark.parametrize("role", [Role.REPORTER, Role.SYSTEM_ADMIN])
def test_a_year_is_shown_with_kinds_in_words(as_, role):
    page = as_(role).get("/calendar/2017/").content.decode()
    assert "全年 249 个工作日" in page and "国庆节" in page and "补班" in page
    assert ("/calendar/2017-10-06/" in page) == (role == Role.SYSTEM_ADMIN)


def test_an_unpublished_year_says_so(as_):
    assert "2027年放假安排尚未公布，暂按周末推算" in as_(Role.REPORTER).get("/calendar/2027/").content.decode()


def test_the_calendar_leads_to_the_current_year(as_, standing_clock):
    assert as_(Role.REPORTER).get("/calendar/").url == "/calendar/2017/"


@pytest.mark.parametrize("address", ["/calendar/1999/", "/calendar/2101/", "/calendar/2017-02-30/"])
def test_a_day_or_year_that_does_not_exist_is_not_found(as_, address):
    assert as_(Role.SYSTEM_ADMIN).get(address).status_code == 404


def test_the_administrator_changes_a_day(as_):
    client = as_(Role.SYSTEM_ADMIN)
    answer = client.post("/calendar/2017-07-12/", {"kind": "holiday", "remark": "临时", "reason": "通知"})
    assert answer.url == "/calendar/2017/"
    assert not calendar.work_calendar().is_workday(date(2017, 7, 12))
    client.post("/calendar/2017-07-12/", {"kind": "", "remark": "", "reason": "取消"})
    assert calendar.work_calendar().is_workday(date(2017, 7, 12))


def test_a_refused_day_keeps_what_was_typed(as_):
    answer = as_(Role.SYSTEM_ADMIN).post(
        "/calendar/2017-07-12/", {"kind": "makeup", "remark": "说明甲", "reason": "丙"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422 and "不会是补班日" in page and "说明甲" in page


@pytest.mark.parametrize("address", ["/calendar/2017-07-12/", "/calendar/2017/publish/", "/calendar/2017/import/"])
def test_others_may_not_keep_the_calendar(as_, address):
    client = as_(Role.SUPERVISION_HEAD)
    assert client.get(address).status_code == 403
    assert "系统管理员" in client.post(address, {}).content.decode()


def test_a_year_is_imported_from_a_file(as_):
    client = as_(Role.SYSTEM_ADMIN)
    sent = {"source": "某通知（测试）", "reason": "公布"}
    bad = client.post("/calendar/2027/import/", {**sent, "file": io.BytesIO("2027-01-01,休".encode())})
    assert bad.status_code == 422 and "第1行" in bad.content.decode() and "某通知" in bad.content.decode()
    good = client.post("/calendar/2027/import/", {**sent, "file": io.BytesIO("2027-01-01,放假,元旦".encode())})
    assert good.status_code == 302 and calendar.work_calendar().is_published(2027)


def test_a_year_is_marked_as_not_published_after_all(as_):
    as_(Role.SYSTEM_ADMIN).post("/calendar/2026/publish/", {"source": "", "reason": "录错"})
    assert not calendar.work_calendar().is_published(2026)


# ------------------------------------------------------------------ settings
@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.SUPERVISION_HEAD, 200), (Role.SUPERVISOR, 200), (Role.SYSTEM_ADMIN, 200), (Role.REPORTER, 403)],
)
def test_who_sees_the_settings(as_, role, status):
    assert as_(role).get("/values/").status_code == status


@pytest.mark.parametrize(
    ("name", "given", "kept"),
    [("yellow_days", "10", 10), ("report_due_hour", "16:30", None), ("escalation", "0", False),
     ("report_due_weekday", "3", 3), ("similarity_threshold", "0.85", None)],
)  # fmt: skip
def test_the_head_changes_each_kind_of_setting(as_, name, given, kept):
    client = as_(Role.SUPERVISION_HEAD)
    assert client.get(f"/values/{name}/").status_code == 200
    assert client.post(f"/values/{name}/", {name: given, "reason": "调整"}).status_code == 302
    assert values.get(name) != values.default(name)
    assert kept is None or values.get(name) == kept
    assert "已调整" in client.get("/values/").content.decode()


def test_a_setting_out_of_its_limits_keeps_the_reason_typed(as_):
    answer = as_(Role.SUPERVISION_HEAD).post("/values/yellow_days/", {"yellow_days": "99", "reason": "一个理由"})
    assert answer.status_code == 422 and "一个理由" in answer.content.decode()
    assert values.get("yellow_days") == 7


def test_a_supervisor_cannot_change_a_setting(as_):
    answer = as_(Role.SUPERVISOR).post("/values/yellow_days/", {"yellow_days": "9", "reason": "x"})
    assert answer.status_code == 403 and values.get("yellow_days") == 7


def test_a_setting_that_does_not_exist_is_not_found(as_):
    assert as_(Role.SUPERVISION_HEAD).get("/values/nothing/").status_code == 404


# ------------------------------------------------------------------ background work
def test_the_administrator_sees_failures_and_has_them_done_again(as_):
    client = as_(Role.SYSTEM_ADMIN)
    assert "从未运行" in client.get("/jobs/").content.decode()
    scheduler.beat()
    jobs.deliver_digests.enqueue()
    result = DBTaskResult.objects.get()
    result.set_failed(RuntimeError("服务器拒绝"))
    now = clock.now()
    ScheduleSlot.objects.create(name="common.digests", slot="x", taken_at=now, ok=False, result="失败原因甲")
    lost = Delivery.objects.create(
        transport="robot", subject="提醒", text="t", created_at=now, attempts=7, error="HTTP 500"
    )
    page = client.get("/jobs/").content.decode()
    assert "服务器拒绝" in page and "失败原因甲" in page and "HTTP 500" in page and "已放弃" in page
    assert client.post(reverse("common:delivery_retry", args=[lost.pk])).status_code == 302
    assert client.post(reverse("common:task_retry", args=[result.pk])).status_code == 302
    assert DBTaskResult.objects.ready().count() == 1
    done = Event.objects.exclude(actor=None).values_list("verb", flat=True)
    assert set(done) == {
        "common.retry_delivery",
        "common.retry_task",
    }


def test_what_runs_every_minute_does_not_hide_the_other_jobs(as_):
    now = clock.now()
    ended = {"taken_at": now, "finished_at": now}
    ScheduleSlot.objects.create(name="common.housekeeping", slot="daily", ok=True, result="清理了旧任务", **ended)
    ScheduleSlot.objects.create(name="trust.checkpoint", slot="bad", ok=False, result="签名失败了", **ended)
    ScheduleSlot.objects.bulk_create(
        ScheduleSlot(name="trust.checkpoint", slot=str(n), ok=True, result=f"size {n}", **ended) for n in range(200)
    )
    page = as_(Role.SYSTEM_ADMIN).get("/jobs/").content.decode()
    assert page.count("清理了旧任务") == 2 and page.count("签名失败了") == 1 and page.count("size 199") == 1


@pytest.mark.parametrize("role", [r for r in Role if r != Role.SYSTEM_ADMIN])
def test_nobody_else_sees_background_work(as_, role):
    assert as_(role).get("/jobs/").status_code == 403


# ------------------------------------------------------------------ attachments
def test_a_file_is_handed_out_as_a_download(as_):
    client = as_(Role.REPORTER)
    kept = attachments.store(client.user, SimpleUploadedFile("现场 照片.txt", b"<b>text</b>"))
    answer = client.get(reverse("common:attachment", args=[kept.pk]))
    assert b"".join(answer.streaming_content) == b"<b>text</b>"
    assert answer["Content-Disposition"].startswith("attachment; filename*=UTF-8''%E7%8E%B0")
    assert answer["X-Content-Type-Options"] == "nosniff" and "sandbox" in answer["Content-Security-Policy"]


def test_a_file_of_others_does_not_exist(as_, person):
    kept = attachments.store(person(Role.REPORTER, "区商务局"), SimpleUploadedFile("a.txt", b"x"))
    assert as_(Role.REPORTER).get(reverse("common:attachment", args=[kept.pk])).status_code == 404


# ------------------------------------------------------------------ without signing in
def test_health_needs_no_sign_in(client):
    assert client.get("/healthz").content == b"ok\n"
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"ready": True, "database": True, "migrations": True, "worker_seconds": None}


def test_ready_says_no_while_a_migration_is_missing(client):
    from django.db.migrations.recorder import MigrationRecorder

    MigrationRecorder.Migration.objects.filter(app="common", name="0001_initial").delete()
    answer = client.get("/readyz")
    assert answer.status_code == 503 and answer.json()["migrations"] is False


@pytest.mark.parametrize("address", ["/inbox/", "/calendar/2017/", "/values/", "/jobs/", "/attachments/1/"])
def test_everything_else_does(client, address):
    answer = client.get(address)
    assert answer.status_code == 302 and "/signin/" in answer.url


def test_large_type_is_kept_in_a_cookie_and_never_leads_away(client):
    answer = client.post("/type-size/", {"large": "1", "next": "https://evil.example/"})
    assert answer.url == "/" and answer.cookies["qd_large"].value == "1"
