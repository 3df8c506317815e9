"""The inspector's page: the log searched, an object's whole history with its proofs, and every look on record."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import date

import openpyxl
import pytest
from django.urls import reverse

from qingdan.evidence import check, verifier
from qingdan.web.common import clock, log, wording
from qingdan.web.common.events import record
from qingdan.web.common.models import Event
from qingdan.web.tasks import overview
from qingdan.web.tasks.models import ProblemStep
from qingdan.web.tasks.services import following, plans, reports
from qingdan.web.trust import inspection
from qingdan.web.units import services as units
from qingdan.web.units.models import Role
from tests.web.tasks import conftest as tasks_fixtures

from .reading import event, recorded, seal, sign

pytestmark = pytest.mark.django_db
district, signed_in = tasks_fixtures.district, tasks_fixtures.signed_in


@pytest.fixture(autouse=True)
def own_data_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path


@pytest.fixture
def inspector(person):
    return person(Role.DISCIPLINE, "区纪委监察局", "jiwei")


def shown(client, **asked):
    """The events that the page lists, by their numbers in the links to receipts."""
    html = client.get(reverse("trust:log"), asked).content.decode()
    return [int(number) for number in re.findall(r"/trust/receipt/(\d+)/", html)]


def history_url(obj, name="trust:history"):
    return reverse(name, args=[obj._meta.label_lower, obj.pk])


# ---------------------------------------------------------------- searching
def test_the_log_is_searched_by_object_person_post_matter_and_time(district, inspector, signed_in):
    first, second, _third = district.tasks
    with clock.at(date(2017, 7, 14)):
        following.judge(district.officer, first, forecast="no", note="现场核查")
    with clock.at(date(2017, 7, 17)):
        plans.change_deadline(district.head, second, deadline="8月31日前", reason="汛期")
    sign()
    judged, moved = event("tasks.judge").pk, event("tasks.change_deadline").pk
    client = signed_in(inspector)
    assert shown(client, theme="tasks.following", since="2017-07-13", until="2017-07-20") == [judged]
    assert shown(client, object_type="tasks.task", since="2017-07-13") == [moved, judged]
    assert shown(client, object=str(first.pk), object_type="tasks.task", since="2017-07-13") == [judged]
    assert shown(client, object="道路改造", since="2017-07-13") == [moved]
    assert shown(client, person=district.head.username, since="2017-07-13") == [moved]
    assert shown(client, post="督查员", since="2017-07-13") == [judged]
    assert shown(client, since="2017-07-14", until="2017-07-16") == [judged]
    assert shown(client, since="2017-07-17", until="2017-07-17") == [moved]
    html = client.get(reverse("trust:log"), {"since": "2017-07-17"}).content.decode()
    assert "调整时限" in html and "汛期" in html and district.head.label in html


def test_a_filter_that_cannot_be_read_shows_nothing_and_says_so(district, inspector, signed_in):
    sign()
    client = signed_in(inspector)
    assert shown(client) != []
    for asked in ({"since": "昨天"}, {"theme": "nothing"}, {"since": "2017-07-17", "until": "2017-07-01"}):
        html = client.get(reverse("trust:log"), asked).content.decode()
        assert "/trust/receipt/" not in html and "qd-error" in html


def test_a_long_log_comes_a_hundred_rows_at_a_time_and_none_is_lost(
    district, inspector, signed_in, django_assert_max_num_queries
):
    for number in range(250):
        record(district.officer, "tasks.judge", district.tasks[0], note=str(number))
    sign()
    client = signed_in(inspector)
    html = client.get(reverse("trust:log"), {"theme": "tasks.following", "object_type": "tasks.task"}).content.decode()
    found = re.findall(r"/trust/receipt/(\d+)/", html)
    assert len(found) == 100
    while next_rows := re.search(r'hx-get="([^"]+)"', html):
        with django_assert_max_num_queries(16):
            html = client.get(next_rows[1].replace("&amp;", "&")).content.decode()
        found += re.findall(r"/trust/receipt/(\d+)/", html)
    expected = Event.objects.filter(verb="tasks.judge").order_by("-id").values_list("pk", flat=True)
    assert [int(number) for number in found] == list(expected)


def test_the_page_without_scripts_goes_on_by_a_link(district, inspector, signed_in):
    for number in range(101):
        record(district.officer, "tasks.judge", district.tasks[0], note=str(number))
    sign()
    client = signed_in(inspector)
    html = client.get(reverse("trust:log"), {"theme": "tasks.following", "object_type": "tasks.task"}).content.decode()
    address = re.search(r'rel="next" href="([^"]+)"', html)[1].replace("&amp;", "&")
    assert len(re.findall(r"/trust/receipt/\d+/", client.get(address).content.decode())) == 1


def test_the_filtered_rows_come_as_a_workbook_without_formulas(district, inspector, signed_in):
    following.judge(district.officer, district.tasks[0], forecast="no", note="=HYPERLINK(1)")
    following.judge(district.officer, district.tasks[1], forecast="no", note="现场核查")
    sign()
    client = signed_in(inspector)
    answer = client.get(reverse("trust:log-file"), {"object": "人才公寓", "theme": "tasks.following"})
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    texts = [str(cell.value) for cell in cells]
    assert texts.count("研判") == 1 and "现场核查" not in texts
    (reason,) = [cell for cell in cells if cell.value == "=HYPERLINK(1)"]
    assert reason.data_type == "s"
    assert event("trust.export_log").facts["rows"] == 1


def test_a_file_of_too_many_rows_is_refused(district, inspector, signed_in, monkeypatch):
    monkeypatch.setattr("qingdan.web.trust.exports.MOST", 3)
    answer = signed_in(inspector).get(reverse("trust:log-file"))
    assert answer.status_code == 422 and "分批导出" in answer.content.decode()
    assert not Event.objects.filter(verb="trust.export_log").exists()


# ---------------------------------------------------------------- who reads what
ADDRESSES = ("trust:log", "trust:log-rows", "trust:log-file", "trust:hands", "trust:hands-file")


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.DISCIPLINE, Role.EMBEDDED, Role.AUDIT_ADMIN}))
def test_nobody_else_reads_the_record(role, district, person, signed_in):
    client = signed_in(person(role, "区财政局"))
    for name in ADDRESSES:
        assert client.get(reverse(name)).status_code == 403, name
    for name in ("trust:history", "trust:history-file"):
        assert client.get(history_url(district.tasks[0], name)).status_code == 403
    assert not Event.objects.filter(verb__startswith="trust.").exists()


def test_an_embedded_group_reads_what_concerns_its_bureau_and_no_draft(district, person, unit, signed_in):
    other = person(Role.REPORTER, "区水务局")
    content = {"progress": "尚在草拟", "forecast": "yes"}
    reports.save_draft(district.reporter, district.period, district.tasks[0], district.bureau, content)
    reports.submit(district.signer, district.period, district.bureau)
    following.judge(district.officer, district.tasks[0], forecast="no", note="现场核查")
    units.add_unit(person(Role.SYSTEM_ADMIN, "信息中心"), name="新设局")
    item = plans.add_item(
        district.officer, plans.add_plan(district.officer, "别的计划", leads=[unit("区水务局")]), "别的大项"
    )
    spec = plans.TaskSpec(
        work="清淤河道9公里", leads=[unit("区水务局")], deadline="8月31日前", reference=date(2017, 7, 1)
    )
    foreign = plans.add_task(district.officer, item, spec)
    following.request_extension(other, foreign, unit("区水务局"), deadline="9月30日前", reason="汛期")
    sign()
    watching, elsewhere = (inspection.log_visible_to(person(Role.EMBEDDED, name)) for name in ("区住建局", "区水务局"))
    verbs = set(watching.values_list("verb", flat=True))
    assert {"tasks.submit", "tasks.judge", "tasks.add_task"} <= verbs
    assert not {"tasks.save_draft", "units.add_unit", "tasks.add_plan", "tasks.open_period"} & verbs
    assert not watching.filter(object_type="tasks.task", object_id=foreign.pk).exists()
    assert set(elsewhere.values_list("verb", flat=True)) == {"tasks.add_task", "tasks.request_extension"}
    client = signed_in(person(Role.EMBEDDED, "区农林局"))
    assert client.get(history_url(district.tasks[0])).status_code == 200  # responsible for it
    assert client.get(history_url(foreign)).status_code == 404
    assert client.get(history_url(foreign, "trust:history-file")).status_code == 404


def test_the_auditor_reads_administration_and_no_business(district, person, signed_in):
    units.add_unit(person(Role.SYSTEM_ADMIN, "信息中心"), name="新设局")
    sign()
    client = signed_in(person(Role.AUDIT_ADMIN, "信息中心"))
    html = client.get(reverse("trust:log")).content.decode()
    assert "新设局" in html and "新增单位" in html
    assert "人才公寓" not in html and "印发清单" not in html
    assert client.get(history_url(district.tasks[0])).status_code == 404


# ---------------------------------------------------------------- looking is on record
def test_looking_is_on_record_once_a_day_for_each_question(district, inspector, signed_in):
    client, address = signed_in(inspector), reverse("trust:log")
    for asked in ({}, {}, {"person": "填报人"}, {"person": "填报人"}, {"person": "填报人", "page": "9"}):
        client.get(address, asked)
    looks = Event.objects.filter(verb="trust.search_log", actor=inspector).order_by("id")
    assert [look.facts for look in looks] == [{}, {"person": "填报人"}]
    with clock.at(date(2017, 7, 13)):
        signed_in(inspector).get(address)
    assert [look.facts for look in looks.all()] == [{}, {"person": "填报人"}, {}]
    seal()
    assert "查询记录" in client.get(address).content.decode()


@pytest.mark.covers("B-46")
def test_looking_at_an_object_is_part_of_its_own_history(district, inspector, signed_in):
    task = district.tasks[0]
    client = signed_in(inspector)
    client.get(history_url(task))
    client.get(history_url(task))
    client.get(history_url(task, "trust:history-file"))
    client.get(history_url(task, "trust:history-file"))
    about = Event.objects.filter(object_type="tasks.task", object_id=task.pk, verb__startswith="trust.").order_by("id")
    assert [one.verb for one in about] == ["trust.read_history", "trust.export_history", "trust.export_history"]
    assert "查看对象记录" in client.get(history_url(task)).content.decode()


def test_looking_at_what_is_gone_is_on_record_at_the_reader(district, inspector, signed_in):
    from qingdan.web.tasks.services import lists

    draft = lists.draft_edition(district.officer, date(2017, 8, 1))
    gone = history_url(draft)
    lists.drop_draft(district.officer, draft, reason="重编")
    assert signed_in(inspector).get(gone).status_code == 200
    assert event("trust.read_history").facts["object_type"] == "tasks.listedition"


def test_an_object_of_which_nothing_is_recorded_is_not_found(inspector, signed_in):
    client = signed_in(inspector)
    for kind, number in (("tasks.task", "4711"), ("no.such", "1"), ("tasks.task", "x")):
        assert client.get(reverse("trust:history", args=[kind, number])).status_code == 404


# ---------------------------------------------------------------- one object
@pytest.mark.covers("P-28")
def test_what_the_report_of_a_past_day_rested_on_is_provable_event_by_event(district, inspector, signed_in):
    task = district.tasks[0]
    with clock.at(date(2017, 7, 14)):
        following.judge(district.officer, task, forecast="no", note="现场核查")
        sign()
    with clock.at(date(2017, 7, 20)):
        plans.change_deadline(district.head, task, deadline="8月31日前", reason="汛期")
        sign()
        then = next(
            row for row in overview.rows(district.head, district.edition, date(2017, 7, 14)) if row.line.task == task
        )
        assert (then.deadline, then.judgement_label) == ("7月31日前", "不能")
        client = signed_in(inspector)
        html = client.get(history_url(task)).content.decode()
        lines = re.findall(r"<tr>.*?</tr>", html.partition("<tbody>")[2], re.S)
        words = [("新增任务", "7月31日前"), ("研判", "现场核查"), ("调整时限", "8月31日前")]
        assert len(lines) == len(words)
        for line, (verb, fact) in zip(lines, words, strict=True):
            assert verb in line and fact in line and "相符，已签名" in line
        archive = zipfile.ZipFile(io.BytesIO(client.get(history_url(task, "trust:history-file")).content))
        names = [name for name in archive.namelist() if name.endswith(".json")]
        said = [check(archive.read(name)) for name in names]
        assert [json.loads(one.what["data"]).get("note") for one in said] == [None, "现场核查", None]
        assert [one.face["at"][:10] for one in said] == ["2017-06-30", "2017-07-14", "2017-07-20"]
        assert all(one.ok for one in said) and all(verifier.check(archive.read(name))[0] for name in names)
        program = archive.read("qingdan-verifier.py").decode()
        assert program.startswith(("#!", '"""')) and "def check(" in program


def test_what_is_not_signed_yet_is_named_in_the_zip(district, inspector, signed_in):
    sign()
    following.judge(district.officer, district.tasks[0], forecast="no", note="现场核查")
    seal()
    client = signed_in(inspector)
    answer = client.get(history_url(district.tasks[0], "trust:history-file"))
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    waiting = event("tasks.judge").leaf
    assert f"{waiting.index}-{bytes(waiting.hash).hex()[:8]}" in archive.read("待签名.txt").decode()
    assert "相符，待签名" in client.get(history_url(district.tasks[0])).content.decode()


def test_a_record_that_no_longer_matches_its_leaf_is_shown_in_red(district, inspector, signed_in, monkeypatch):
    sign()
    client = signed_in(inspector)
    assert "与日志不符" not in client.get(history_url(district.tasks[0])).content.decode()
    texts = log.texts
    monkeypatch.setattr(
        log, "texts", lambda one: {part: text.replace("624", "600") for part, text in texts(one).items()}
    )
    html = client.get(history_url(district.tasks[0])).content.decode()
    assert "1 条记录与日志不符" in html and "qd-tag--late" in html
    assert "与日志不符" not in client.get(history_url(district.tasks[1])).content.decode()


def test_a_long_history_is_read_in_parts(district, inspector, signed_in):
    for number in range(120):
        record(district.officer, "tasks.judge", district.tasks[0], note=str(number))
    sign()
    client = signed_in(inspector)
    html = client.get(history_url(district.tasks[0])).content.decode()
    address = re.search(r'rel="next" href="([^"]+)"', html)[1]
    rest = client.get(history_url(district.tasks[0]) + address).content.decode()
    rows = [len(re.findall(r"<tr>", text.partition("<tbody>")[2])) for text in (html, rest)]
    assert rows == [100, 22]  # the task's own creation, 120 judgements, the first look


# ---------------------------------------------------------------- words
def test_every_verb_that_the_source_records_has_a_chinese_name():
    named = wording.verbs()
    found = list(recorded())
    assert {"tasks.submit", "units.switch_off", "common.set_value", "trust.search_log"} <= {one.verb for one in found}
    nameless = [
        one
        for one in found
        if not (one.verb in named if one.whole else any(verb.startswith(one.verb) for verb in named))
    ]
    assert not nameless, f"register their names by wording.register_verbs: {nameless}"
    assert {f"tasks.problem_{kind}" for kind in ProblemStep.Kind.values} <= named.keys()


def test_no_name_stands_for_a_verb_that_nobody_records():
    found = list(recorded())
    whole, begun = {one.verb for one in found if one.whole}, tuple(one.verb for one in found if not one.whole)
    assert not [verb for verb in wording.verbs() if verb not in whole and not verb.startswith(begun)]


def test_every_kind_of_object_on_record_has_a_chinese_name(district):
    kinds = set(Event.objects.values_list("object_type", flat=True))
    assert len(kinds) > 5 and not kinds - wording.objects().keys()
