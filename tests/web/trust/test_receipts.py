"""Receipts: for whoever did something, its unit and the inspectors; checkable by anybody, also when parts are withheld
or erased."""

from __future__ import annotations

import json
import re
from io import BytesIO

import pytest
import segno
from django.test import Client
from django.urls import reverse

from qingdan.evidence import check, merkle, verifier
from qingdan.web.common import clock, log
from qingdan.web.common.models import Erasure, Event
from qingdan.web.tasks.models import ReportVersion
from qingdan.web.tasks.services import following, reports
from qingdan.web.trust import keys
from qingdan.web.trust.models import Checkpoint
from qingdan.web.trust.receipts import receipt_of
from qingdan.web.units.models import Role
from tests.web.tasks import conftest as tasks_fixtures

from .reading import event, seal, sign

pytestmark = pytest.mark.django_db
district, signed_in = tasks_fixtures.district, tasks_fixtures.signed_in


@pytest.fixture(autouse=True)
def own_data_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path


def report(district, task=0, **content):
    """A report of the district's bureau, written and submitted."""
    full = {"progress": "基础完工", "forecast": "yes", **content}
    reports.save_draft(district.reporter, district.period, district.tasks[task], district.bureau, full)
    (version,) = reports.submit(district.signer, district.period, district.bureau)
    return version


@pytest.fixture
def submitted(district):
    """The event of a submitted report, signed."""
    report(district)
    sign()
    return event("tasks.submit")


def page(client, event):
    return client.get(reverse("trust:receipt", args=[event.pk]))


def bundle(client, event):
    return client.get(reverse("trust:receipt-file", args=[event.pk])).content


def links(html):
    """The numbers of the events whose receipts a page links to."""
    return [int(number) for number in re.findall(r"/trust/receipt/(\d+)/", html)]


def check_url(event):
    found = receipt_of(event)
    return reverse("trust:check", kwargs={"index": found.leaf.index, "leaf": found.leaf_hash})


@pytest.mark.covers("P-36")
def test_each_version_of_a_weeks_report_has_a_receipt_that_proves_its_words(district, signed_in):
    report(district, progress="基础完工")
    report(district, progress="更正：主体完工")
    sign()
    client = signed_in(district.signer)
    html = client.get(reverse("tasks:my-reports")).content.decode()
    newest, first = links(html)
    assert newest > first
    for number, words in ((first, "基础完工"), (newest, "更正：主体完工")):
        submitted = Event.objects.get(pk=number)
        shown = page(client, submitted).content.decode()
        assert words in shown and "核对成立" in shown
        data = bundle(client, submitted)
        assert check(data).ok and verifier.check(data)[0]
        assert words in json.loads(json.loads(data)["parts"]["what"]["text"])["data"]
    versions = ReportVersion.objects.filter(task=district.tasks[0]).count()
    assert versions == 2 and "更正" not in page(client, Event.objects.get(pk=first)).content.decode()


def test_a_receipt_waits_for_the_signature_and_then_comes_as_a_file(district, signed_in):
    report(district)
    seal()
    client, submitted = signed_in(district.signer), event("tasks.submit")
    assert "待签名，一分钟内自动完成" in page(client, submitted).content.decode()
    assert client.get(reverse("trust:receipt-file", args=[submitted.pk])).status_code == 422
    sign()
    shown = page(client, submitted).content.decode()
    assert "待签名" not in shown and "核对成立" in shown
    number = f"{submitted.leaf.index}-{bytes(submitted.leaf.hash).hex()[:8]}"
    assert number in shown
    answer = client.get(reverse("trust:receipt-file", args=[submitted.pk]))
    assert f"%E5%9B%9E%E6%89%A7-{number}.json" in answer.headers["Content-Disposition"]


def test_a_waiting_page_asks_again_only_some_times(district, signed_in):
    report(district)
    seal()
    client, address = signed_in(district.signer), reverse("trust:receipt", args=[event("tasks.submit").pk])
    assert "load delay" in client.get(address).content.decode()
    assert "load delay" not in client.get(address, {"try": "6"}).content.decode()


@pytest.mark.parametrize(
    ("role", "place", "status"),
    [
        (Role.REPORTER, "区住建局", 200),
        (Role.SIGNER, "区住建局", 200),
        (Role.SUPERVISION_HEAD, "区目督办", 200),
        (Role.LEADER, "区委区政府", 200),
        (Role.DISCIPLINE, "区纪委监察局", 200),
        (Role.EMBEDDED, "区住建局", 200),
        (Role.EMBEDDED, "区农林局", 404),
        (Role.REPORTER, "区农林局", 404),
        (Role.SIGNER, "区水务局", 404),
        (Role.AUDIT_ADMIN, "信息中心", 404),
        (Role.SYSTEM_ADMIN, "信息中心", 404),
    ],
)
def test_who_has_the_receipt_of_a_units_report(role, place, status, submitted, person, signed_in):  # noqa: PLR0917
    client = signed_in(person(role, place))
    assert page(client, submitted).status_code == status
    assert client.get(reverse("trust:receipt-code", args=[submitted.pk])).status_code == status
    assert client.get(reverse("trust:receipt-file", args=[submitted.pk])).status_code == status


def test_a_successor_has_the_receipts_of_the_post_and_who_left_only_their_own(district, person, signed_in, submitted):
    with clock.at(clock.local(clock.today().replace(month=9))):
        successor = person(Role.SIGNER, "区住建局")
        holding = district.signer.holdings.get()
        holding.until = clock.today().replace(month=8)
        holding.save()
        later = reports.open_period(district.officer, clock.today())
        assert page(signed_in(successor), submitted).status_code == 200
        sign()
        assert page(signed_in(district.signer), submitted).status_code == 200
        assert page(signed_in(district.signer), event("tasks.open_period", object_id=later.pk)).status_code == 404


def test_a_unit_that_only_sees_the_object_gets_the_proof_without_the_content(district, person, signed_in):
    request = following.request_extension(
        district.reporter, district.tasks[0], district.bureau, deadline="8月20日前", reason="内部会议未定稿"
    )
    following.decide_extension(district.head, request, approved=True, reason="同意意见只给申请单位")
    sign()
    asked = event("tasks.request_extension")
    client = signed_in(person(Role.REPORTER, "区农林局"))  # responsible for the same task
    answer, data = page(client, asked), bundle(client, asked)
    assert answer.status_code == 200
    for text in (answer.content.decode(), data.decode()):
        assert "内部会议未定稿" not in text
    assert "不能查看它的内容" in answer.content.decode()
    result = check(data)
    assert result.ok and result.what is None and result.who["actor_label"] == district.reporter.label
    assert verifier.check(data)[0]
    full = check(bundle(signed_in(district.signer), asked))
    assert full.ok and "内部会议未定稿" in full.what["data"]


def test_an_erased_part_stands_as_its_commitment_and_the_receipt_still_holds(district, submitted, signed_in):
    client = signed_in(district.signer)
    before = json.loads(bundle(client, submitted))
    for part, blank in (("what", {"data": "{}", "object_label": "", "what_salt": ""}),):
        Erasure.objects.create(event=submitted, part=part, commitment=log.commitments(submitted)[part])
        Event.objects.filter(pk=submitted.pk).update(**blank)
    data = bundle(client, submitted)
    result = check(data)
    assert result.ok and result.what is None and "基础完工" not in data.decode()
    assert json.loads(data)["parts"]["who"] == before["parts"]["who"]
    assert "已依法删除" in page(client, submitted).content.decode()


def test_a_stored_event_that_was_changed_is_shown_as_not_holding(district, submitted, monkeypatch, signed_in):
    # The database refuses to change an event; what somebody did behind its back looks like this.
    texts = log.texts

    def changed(one):
        return {part: text.replace("基础完工", "全部完工") for part, text in texts(one).items()}

    monkeypatch.setattr(log, "texts", changed)
    shown = page(signed_in(district.signer), submitted).content.decode()
    assert "核对不成立" in shown and "核对成立" not in shown


def test_without_the_logs_key_no_receipt_is_made_up(district, submitted, signed_in):
    keys.key_file().unlink()
    for answer in (
        page(signed_in(district.signer), submitted),
        signed_in(district.signer).get(reverse("trust:receipt-file", args=[submitted.pk])),
    ):
        assert answer.status_code == 422 and "日志的密钥文件不在" in answer.content.decode()


def test_a_cosigned_checkpoint_is_preferred_to_a_newer_one(district, submitted):
    from qingdan.web.trust.services import witnesses

    from .witnessing import signer

    with clock.at(clock.now()):
        witnesses.Witness.objects.create(
            name=signer().key.name, body="示例见证单位", vkey=signer().key.vkey, since=clock.today()
        )
        cosigned = Checkpoint.objects.get()
        body = cosigned.note.rpartition("\n\n")[0] + "\n"
        witnesses.add_cosignature(cosigned.size, signer().cosign(body, int(clock.now().timestamp())))
        report(district, 1)
        sign()
    found = receipt_of(Event.objects.get(pk=submitted.pk))
    assert Checkpoint.objects.count() == 2
    assert found.checkpoint == cosigned
    assert found.result.ok and [name for name, _seconds in found.result.cosigned_by] == [signer().key.name]


# ---------------------------------------------------------------- the QR code and the public answer
def test_the_code_leads_to_the_public_check_of_this_leaf(submitted, district, signed_in):
    drawn = signed_in(district.signer).get(reverse("trust:receipt-code", args=[submitted.pk]))
    expected = BytesIO()
    code = segno.make(f"http://testserver{check_url(submitted)}", error="m", micro=False)
    code.save(expected, kind="svg", border=4, omitsize=True)
    assert drawn.headers["Content-Type"] == "image/svg+xml" and drawn.content == expected.getvalue()


def test_anybody_learns_that_a_leaf_is_in_the_log_and_nothing_else(submitted):
    answer = Client().get(check_url(submitted))
    html = answer.content.decode()
    assert answer.status_code == 200 and "这条记录在日志中" in html
    for secret in ("基础完工", "区住建局", "tasks.submit", "签发并报送"):
        assert secret not in html
    checkpoint = Checkpoint.objects.get()
    proof = [
        bytes.fromhex(node) for node in re.findall(r"^[0-9a-f]{64}$", html.replace('<pre class="tr-note">', "\n"), re.M)
    ]
    assert merkle.verify_inclusion(
        bytes(submitted.leaf.hash),
        submitted.leaf.index,
        checkpoint.size,
        proof,
        bytes.fromhex(checkpoint.root),
        "sha256",
    )


def test_another_leaf_or_place_is_not_in_the_log(submitted):
    index, leaf = submitted.leaf.index, bytes(submitted.leaf.hash).hex()
    elsewhere = reverse("trust:check", kwargs={"index": index - 1, "leaf": leaf})
    other = reverse("trust:check", kwargs={"index": index, "leaf": "0" * 64})
    for address in (elsewhere, other):
        answer = Client().get(address)
        assert answer.status_code == 404 and "日志中没有这条记录" in answer.content.decode()


def test_what_is_not_signed_yet_is_answered_like_what_does_not_exist(district, submitted):
    report(district, 1)
    seal()
    unsigned = Event.objects.filter(leaf__isnull=False).order_by("-id").first()
    answers = [
        Client().get(check_url(unsigned)),
        Client().get(reverse("trust:check", kwargs={"index": unsigned.leaf.index, "leaf": "0" * 64})),
    ]
    for answer in answers:
        assert answer.status_code == 404 and "尚无检查点覆盖该序号" in answer.content.decode()


@pytest.mark.parametrize(("index", "leaf"), [(0, "abc"), (0, "A" * 64), (10**18, "0" * 64)])
def test_an_address_that_is_none_is_refused_with_the_remedy(index, leaf):
    answer = Client().get(reverse("trust:check", kwargs={"index": index, "leaf": leaf}))
    assert answer.status_code == 422 and "请重新扫描回执上的二维码" in answer.content.decode()


# ---------------------------------------------------------------- links, and what goes on record
def test_pages_of_the_work_link_to_the_receipts(district, signed_in):
    version = report(district, forecast="no", reason="缺地", advice="并联审批", problem="请协调用地指标")
    problem = version.problems.get()
    following.assign_problem(district.officer, problem, district.other, clock.today(), text="请牵头")
    request = following.request_extension(
        district.reporter, district.tasks[0], district.bureau, deadline="8月20日前", reason="缺地"
    )
    following.decide_extension(district.head, request, approved=False, reason="不同意")
    sign()
    submit, assign = event("tasks.submit").pk, event("tasks.problem_assigned").pk
    asked, decided = event("tasks.request_extension").pk, event("tasks.decide_extension").pk
    client = signed_in(district.signer)

    def linked(name, *args):
        return set(links(client.get(reverse(name, args=args)).content.decode()))

    assert linked("tasks:sign-receipt", version.pk) == {submit}
    assert linked("tasks:report", version.pk) == {submit}
    assert linked("tasks:problem", problem.pk) == {submit, assign}
    assert linked("tasks:extension", request.pk) == {asked, decided}
    assert {submit, asked} <= linked("tasks:task", district.tasks[0].pk)


def test_a_reader_without_the_receipt_sees_no_link(district, submitted, person, signed_in):
    client = signed_in(person(Role.REPORTER, "区农林局"))
    html = client.get(reverse("tasks:task", args=[district.tasks[0].pk])).content.decode()
    assert "基础完工" in html and links(html) == []


def test_links_cost_the_same_however_many_versions_there_are(district, signed_in, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = signed_in(district.signer)
    report(district)
    sign()
    client.get(reverse("tasks:my-reports"))
    with CaptureQueriesContext(connection) as once:
        client.get(reverse("tasks:my-reports"))
    for number in range(4):
        report(district, progress=f"第{number}次更正")
    sign()
    with django_assert_num_queries(len(once)):
        assert len(links(client.get(reverse("tasks:my-reports")).content.decode())) == 5


def test_an_inspector_who_opens_anothers_receipt_is_on_record_once_a_day_and_the_unit_is_not(
    submitted, person, district, signed_in
):
    inspector = person(Role.DISCIPLINE, "区纪委监察局")
    for user in (inspector, inspector, district.signer, district.reporter):
        page(signed_in(user), submitted)
    readings = Event.objects.filter(verb="trust.read_receipt")
    assert [(one.actor, one.object_id) for one in readings] == [(inspector, str(submitted.leaf.index))]
    with clock.at(clock.local(clock.today().replace(day=13))):
        assert page(signed_in(inspector), submitted).status_code == 200
    assert readings.all().count() == 2
