"""Witnesses: who registers them, what is taken from them, and what they refuse."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from qingdan.evidence.notes import Note, verify_line
from qingdan.evidence.signers import Signer
from qingdan.web.common import clock
from qingdan.web.common.errors import Denied, DomainError
from qingdan.web.common.models import Event
from qingdan.web.trust import figures
from qingdan.web.trust.models import Cosignature, Witness
from qingdan.web.trust.services import checkpoints, witnesses
from qingdan.web.units.models import Role

from .witnessing import grow, signer, tamper, watch

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_clock")]


@pytest.fixture
def security(person):
    return person(Role.SECURITY_ADMIN, "信息中心", "sec")


@pytest.fixture
def witness(security):
    return witnesses.add_witness(security, "区纪委监察局", signer().key.vkey, "会签〔2017〕3号")


@pytest.fixture
def size(witness):
    grow(5)
    return checkpoints.make_checkpoint().size


def line(size: int, by: Signer | None = None, seconds: float | None = None) -> str:
    note = Note.parse(checkpoints.Checkpoint.objects.get(size=size).note)
    return (by or signer()).cosign(note.body, int(clock.now().timestamp() if seconds is None else seconds))


def post(size: int | str, line: str) -> int:
    return Client(enforce_csrf_checks=True).post("/log/cosign", {"size": size, "line": line}).status_code


# ------------------------------------------------------------------ the register
def test_the_security_administrator_registers_a_witness_with_a_reason(security):
    client = Client()
    client.force_login(security)
    vkey = signer().key.vkey
    given = {"body": "区纪委监察局", "vkey": f" {vkey}\n", "reason": "会签〔2017〕3号"}
    assert client.post(reverse("trust:add-witness"), given).status_code == 302
    witness = Witness.objects.get()
    assert (witness.name, witness.body, witness.vkey, witness.since) == ("jiwei", "区纪委监察局", vkey, clock.today())
    event = Event.objects.get(verb="trust.add_witness")
    assert event.actor == security and event.facts["reason"] == "会签〔2017〕3号" and event.facts["vkey"] == vkey
    assert signer().key.fingerprint in client.get(reverse("trust:witnesses")).content.decode()


@pytest.mark.parametrize("role", sorted(set(Role.values) - {Role.SECURITY_ADMIN}))
def test_nobody_else_does(person, witness, role):
    other = person(role, "区住建局")
    for call in (
        lambda: witnesses.add_witness(other, "某局", signer("x", 9).key.vkey, "测试"),
        lambda: witnesses.end_witness(other, witness, "测试"),
    ):
        with pytest.raises(Denied):
            call()
    assert Witness.objects.get().until is None


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "jiwei",
        signer().key.vkey.replace("jiwei", "jiwe1"),
        Signer("log", bytes(32)).key.vkey,
        signer("n" * 101, 7).key.vkey,
    ],
    ids=["empty", "name only", "miscopied", "a log's key", "long name"],
)
def test_only_a_witnesss_public_key_is_taken(security, vkey):
    with pytest.raises(DomainError) as refusal:
        witnesses.add_witness(security, "区财政局", vkey, "测试")
    assert refusal.value.field == "vkey" and refusal.value.remedy
    assert not Witness.objects.exists()


@pytest.mark.parametrize(("name", "seed"), [("jiwei", 2), ("caizheng", 1)], ids=["same name", "same key"])
def test_a_name_or_key_serves_one_body_once(security, witness, name, seed):
    witnesses.end_witness(security, witness, "换机器")
    with pytest.raises(DomainError, match="已登记过"):
        witnesses.add_witness(security, "区财政局", signer(name, seed).key.vkey, "测试")


def test_an_ended_witness_stays_on_record_and_nothing_more_is_taken_from_it(security, witness, size):
    assert post(size, line(size)) == 200
    grow()
    later = checkpoints.make_checkpoint().size
    client = Client()
    client.force_login(security)
    address = reverse("trust:end-witness", args=[witness.pk])
    assert client.post(address, {"reason": ""}).status_code == 422
    assert client.post(address, {"reason": "密钥泄露"}).status_code == 302
    assert client.post(address, {"reason": "再次"}).status_code == 422
    assert Witness.objects.get().until == clock.today()
    assert Event.objects.get(verb="trust.end_witness").facts["reason"] == "密钥泄露"
    assert post(later, line(later)) == 404
    assert [c.checkpoint_id for c in Cosignature.objects.all()] == [size]
    assert "已终止" in Client().get("/trust/").content.decode()


def test_the_auditor_sees_what_was_done_with_witnesses(person, witness):
    client = Client()
    client.force_login(person(Role.AUDIT_ADMIN, "信息中心"))
    assert "区纪委监察局" in client.get(reverse("units:audit")).content.decode()


# ------------------------------------------------------------------ cosignatures
def test_a_cosignature_is_checked_kept_and_served(size):
    assert post(size, line(size)) == 200
    for path in ("/log/checkpoint", f"/log/checkpoint/{size}"):
        note = Note.parse(Client().get(path).content)
        assert verify_line(note, signer().key).seconds == int(clock.now().timestamp())
    assert Cosignature.objects.get().signed_at == clock.now()
    assert "区纪委监察局" in Client().get(f"/trust/checkpoint/{size}").content.decode()


def test_sent_again_it_is_taken_again_and_kept_once(size):
    first = line(size)
    assert [post(size, first), post(size, first), post(size, line(size, seconds=1_499_000_000))] == [200] * 3
    assert Cosignature.objects.get().line == first


def test_a_witness_may_confirm_an_older_checkpoint(size):
    grow()
    checkpoints.make_checkpoint()
    assert post(size, line(size)) == 200


@pytest.mark.parametrize(
    ("status", "made"),
    [
        (404, lambda size: (size + 1, line(size))),
        (404, lambda size: (10**15 - 1, line(size))),
        (404, lambda size: (size, line(size, signer("nobody", 3)))),
        (404, lambda size: (size, line(size, signer(seed=3)))),
        (400, lambda size: (size, "")),
        (400, lambda size: (size, line(size) + "\n")),
        (400, lambda size: (size, line(size) + " x")),
        (400, lambda size: (size, line(size)[:-8] + "AAAAAAA=")),
        (400, lambda size: (size, signer().cosign("another\n1\nAA==\n", 1_499_000_000))),
        (400, lambda size: (size, line(size, seconds=(clock.now() + timedelta(minutes=11)).timestamp()))),
        (400, lambda size: (size, line(size, seconds=2**63))),
        (400, lambda size: (size, line(size, seconds=0))),
    ],
    ids=[
        *("no such checkpoint", "huge size", "unknown name", "another key under a known name", "empty", "line feed"),
        *("more behind", "damaged", "of another text", "in the future", "far in the future", "at no time"),
    ],
)
def test_what_does_not_hold_is_not_kept(size, status, made):
    assert post(*made(size)) == status
    assert not Cosignature.objects.exists()


def test_a_clock_a_little_fast_is_borne(size):
    assert post(size, line(size, seconds=(clock.now() + timedelta(minutes=9)).timestamp())) == 200


def test_no_event_is_written_for_it_or_there_would_be_no_end(size):
    before = Event.objects.count()
    post(size, line(size))
    assert Event.objects.count() == before
    assert checkpoints.make_checkpoint() is None


# ------------------------------------------------------------------ how a witness stands
def state(minutes: int = 0) -> str:
    [found] = figures.witness_states(clock.now() + timedelta(minutes=minutes))
    return f"{found.text}/{found.tag}"


def test_a_witness_that_falls_silent_is_shown_with_the_minutes(size):
    assert state() == "尚未见证/warn"
    assert state(25) == "25 分钟未见证/warn"
    post(size, line(size))
    assert state(600) == "正常/good", "nothing new: nothing to confirm"
    with clock.at(clock.now() + timedelta(minutes=30)):
        grow()
        later = checkpoints.make_checkpoint().size
        assert state(9) == "正常/good"
        assert state(10) == "10 分钟未见证/warn"
        assert "正常" in Client().get("/trust/").content.decode()
    with clock.at(clock.now() + timedelta(minutes=75)):
        assert "45 分钟未见证" in Client().get("/trust/").content.decode()
        post(later, line(later))
        assert state() == "正常/good"


# ------------------------------------------------------------------ the real witness
def test_a_witness_follows_an_honest_log_and_the_site_shows_it(witness, tmp_path):
    other = watch(tmp_path)
    assert other.round().result == "empty"
    for count in (1, 3, 9):
        grow(count)
        size = checkpoints.make_checkpoint().size
        done = other.round()
        assert (done.result, done.waiting) == ("cosigned", False), done.text
        assert Cosignature.objects.latest("checkpoint_id").checkpoint_id == size
    assert other.round().result == "same"
    page = Client().get("/trust/").content.decode()
    assert "区纪委监察局" in page and "正常" in page


def test_an_unregistered_witness_is_asked_to_register_and_then_taken(security, tmp_path):
    grow()
    checkpoints.make_checkpoint()
    other = watch(tmp_path)
    assert other.round().waiting
    witnesses.add_witness(security, "区纪委监察局", signer().key.vkey, "测试")
    assert not other.round().waiting
    assert Cosignature.objects.count() == 1


@pytest.mark.parametrize("after", [0, 3, 20], ids=["restored", "and gone on a little", "and gone on beyond"])
def test_a_rolled_back_database_is_refused_by_the_site_and_by_the_witness(witness, tmp_path, after):
    old = grow(4)
    checkpoints.make_checkpoint()
    grow(8)
    checkpoints.make_checkpoint()
    other = watch(tmp_path)
    other.round()
    held = (tmp_path / "state.json").read_bytes()
    tamper(
        "DELETE FROM trust_cosignature",
        f"DELETE FROM trust_checkpoint WHERE size > {old}",
        f'DELETE FROM common_leaf WHERE "index" >= {old}',
    )
    if after:
        grow(after)
    with pytest.raises(checkpoints.Contradiction):
        checkpoints.make_checkpoint()
    # An operator with all rights hides the trace on the own machine and signs with the true key.
    checkpoints.copy_file().unlink()
    checkpoints.make_checkpoint()
    done = other.round()
    assert done.result == "refused" and done.evidence is not None
    assert (done.evidence / "held.txt").exists() and (done.evidence / "note.txt").exists()
    assert (tmp_path / "state.json").read_bytes() == held
    assert not Cosignature.objects.exists()
