"""Digests: packed once, sent by e-mail and robot, tried again when the other side fails. The server is local."""

import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.core import mail

from qingdan.web.common import clock, inbox, jobs, transports
from qingdan.web.common.errors import Denied, DomainError
from qingdan.web.common.models import Delivery, Notification
from qingdan.web.common.transports import Digest, Robot, collect, deliver
from qingdan.web.units.models import Role
from tests.conftest import set_up


@pytest.fixture
def robot_server(monkeypatch):
    """A group robot on this machine: ``received`` bodies, ``answers`` (status, body) given in turn."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.server.received.append(json.loads(body))
            status, answer = self.server.answers.pop(0) if self.server.answers else (200, '{"errcode":0}')
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/elsewhere")
            self.end_headers()
            self.wfile.write(answer.encode())

        def log_message(self, *args): ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.received, server.answers = [], []
    server.url = f"http://127.0.0.1:{server.server_port}/send?key=secret"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def robot(settings, robot_server):
    settings.QD_WEBHOOK_URL = robot_server.url
    return robot_server


@pytest.fixture
def people(person, standing_clock):
    one, two = person(Role.REPORTER, "区住建局"), person(Role.REPORTER, "区商务局")
    one.email = "one@example.invalid"
    with set_up():
        one.save()
    return [one, two]


def test_without_a_way_out_nothing_is_packed(people):
    inbox.notify(people, key="k", title="周报今日截止")
    assert collect() == 0 and not Delivery.objects.exists()


def test_a_person_gets_one_mail_with_all_new_lines(people, settings):
    settings.EMAIL_HOST = "mail.example.invalid"
    inbox.notify(people, key="a", title="周报今日截止", kind="reminder")
    inbox.notify(people, key="b", title="任务临期", body="剩余 3 天")
    assert collect() == 1  # the other has no address
    assert deliver() == (1, 0)
    assert [m.to for m in mail.outbox] == [["one@example.invalid"]]
    assert "【提醒】周报今日截止" in mail.outbox[0].body and "剩余 3 天" in mail.outbox[0].body
    assert collect() == 0 and deliver() == (0, 0)


def test_what_was_read_already_is_not_mailed(people, settings):
    settings.EMAIL_HOST = "mail.example.invalid"
    inbox.notify(people, key="a", title="t")
    inbox.mark_all_read(people[0])
    assert collect() == 0


def test_the_robot_gets_titles_with_counts_and_no_texts(people, robot):
    inbox.notify(people, key="a", title="周报今日截止", body="不外传的内容", kind="reminder")
    inbox.notify(people, key="b", title="内部通知")
    assert (collect(), deliver()) == (1, (1, 0))
    text = robot.received[0]["markdown"]["content"]
    assert "提醒：周报今日截止（2人）" in text and "另有通知 2 条" in text
    assert "不外传" not in text and "内部通知" not in text


def test_dingtalk_has_its_own_form(people, robot, settings):
    settings.QD_WEBHOOK_KIND = "dingtalk"
    inbox.notify(people, key="a", title="周报今日截止", kind="urge")
    collect()
    deliver()
    assert set(robot.received[0]["markdown"]) == {"title", "text"}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((500, "x"), "HTTP 500"),
        ((302, ""), "HTTP 302"),
        ((200, '{"errcode":45009,"errmsg":"freq out of limit"}'), "errcode 45009: freq out of limit"),
        ((200, "<html>"), "not JSON"),
        ((200, "[]"), "errcode None"),
    ],
)
def test_a_refusal_is_kept_and_tried_again_later(people, robot, answer, said):
    robot.answers.append(answer)
    inbox.notify(people, key="a", title="t", kind="urge")
    collect()
    assert deliver() == (0, 1)
    delivery = Delivery.objects.get()
    assert said in delivery.error and "secret" not in delivery.error
    assert deliver() == (0, 0), "not before its time"
    with clock.at(clock.now() + timedelta(minutes=2)):
        assert deliver() == (1, 0)
    delivery.refresh_from_db()
    assert delivery.sent_at and delivery.error == "" and delivery.attempts == 2
    assert len(robot.received) == 2, "a redirect is not followed"


def test_nobody_listening_is_a_failure_not_a_crash(people, settings):
    settings.QD_WEBHOOK_URL = "http://127.0.0.1:9/send"
    inbox.notify(people, key="a", title="t", kind="urge")
    collect()
    assert deliver() == (0, 1)


def test_it_is_given_up_after_seven_tries(people, robot):
    robot.answers.extend([(500, "")] * 20)
    inbox.notify(people, key="a", title="t", kind="urge")
    collect()
    now = clock.now()
    for day in range(20):
        with clock.at(now + timedelta(days=day)):
            deliver()
    delivery = Delivery.objects.get()
    assert delivery.attempts == 7 and delivery.next_try_at is None and delivery.sent_at is None


def test_a_robot_gets_at_most_twenty_a_minute(people, robot):
    for n in range(25):
        Delivery.objects.create(
            transport="robot", subject=str(n), text="t", created_at=clock.now(), next_try_at=clock.now()
        )
    assert deliver() == (20, 0)
    with clock.at(clock.now() + timedelta(seconds=61)):
        assert deliver() == (5, 0)


def test_old_lines_are_not_sent_when_a_way_out_is_set_up(people, robot):
    with clock.at(clock.now() - timedelta(days=4)):
        inbox.notify(people, key="a", title="t", kind="urge")
    assert collect() == 0


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.invalid/x", "example.invalid", "http://"])
def test_only_web_addresses_are_taken(url):
    with pytest.raises(ValueError, match="QD_WEBHOOK_URL"):
        Robot("wecom", url)


@pytest.mark.parametrize("kind", ["wecom", "dingtalk"])
def test_a_long_digest_is_cut_to_whole_lines(kind):
    payload = Robot(kind, "http://127.0.0.1/").payload(Digest("标题", tuple(f"任务{n}逾期" for n in range(900))))
    text = payload["markdown"].get("content") or payload["markdown"]["text"]
    assert len(text.encode()) <= 4000 and text.endswith("（其余请登录系统查看）")


def test_markdown_of_users_does_not_reach_the_group():
    text = Robot("wecom", "http://127.0.0.1/").payload(Digest("t", ("[点这里](http://evil) <@all>",)))
    assert not set("[]<>@") & set(text["markdown"]["content"])


def test_the_administrator_has_a_failed_digest_sent_again(people, robot, person):
    inbox.notify(people, key="a", title="t", kind="urge")
    collect()
    Delivery.objects.update(attempts=7, next_try_at=None, error="HTTP 500")
    with pytest.raises(Denied):
        transports.retry_delivery(people[0], Delivery.objects.get())
    admin = person(Role.SYSTEM_ADMIN, "区信息中心")
    transports.retry_delivery(admin, Delivery.objects.get())
    assert deliver() == (1, 0)
    with pytest.raises(DomainError, match="已经送达"):
        transports.retry_delivery(admin, Delivery.objects.get())


@pytest.mark.django_db(transaction=True)
def test_the_worker_packs_and_sends_in_one_go(people, robot):
    inbox.notify(people, key="a", title="周报今日截止", kind="urge")
    jobs.worker(once=True)
    assert len(robot.received) == 1
    assert Notification.objects.filter(sent_webhook_at__isnull=True).count() == 0
