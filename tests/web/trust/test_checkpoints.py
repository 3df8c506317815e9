"""Checkpoints: signed when something happened, and never over a log that contradicts what was signed before."""

from __future__ import annotations

import stat
import tarfile
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.urls import reverse

from qingdan.evidence import sm2
from qingdan.evidence.notes import Checkpoint as Said
from qingdan.evidence.notes import Note, verify_line
from qingdan.evidence.signers import Signer, generate
from qingdan.web import ops
from qingdan.web.common import clock, log
from qingdan.web.common.errors import DomainError
from qingdan.web.common.models import Notification
from qingdan.web.trust import figures, jobs, keys
from qingdan.web.trust.models import Checkpoint
from qingdan.web.trust.services import checkpoints
from qingdan.web.units.models import Role

from .witnessing import grow, tamper

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("standing_clock")]
ZEROS = "X'" + "00" * 32 + "'"


def zeros() -> str:
    return ZEROS if connection.vendor == "sqlite" else "decode('" + "00" * 32 + "', 'hex')"


def test_a_checkpoint_says_size_root_and_time_under_the_logs_signature():
    size = grow(3)
    made = checkpoints.make_checkpoint()
    note = Note.parse(made.note)
    said = Said.parse(note.body)
    assert (said.origin, said.size, said.root) == ("qingdan.local/log", size, log.root(size))
    assert (said.hash, said.time) == ("sha256", "2017-07-12T01:00:00Z")
    assert verify_line(note, keys.public()[0]) and len(note.lines) == 1
    assert (made.size, made.root) == (size, log.root(size).hex())


def test_one_is_made_only_when_something_happened_since_the_last():
    first = grow()
    assert checkpoints.make_checkpoint().size == first
    assert checkpoints.make_checkpoint() is None
    second = grow(2)
    assert checkpoints.make_checkpoint().size == second
    assert [c.size for c in Checkpoint.objects.all()] == [second, first]


def test_an_sm3_log_says_so(settings):
    settings.QD_LOG_HASH = "sm3"
    grow()
    assert "\nhash sm3\n" in checkpoints.make_checkpoint().note


@pytest.mark.skipif(not sm2.available(), reason="no openssl with SM2 on this machine")
def test_a_second_signature_by_sm2_can_be_switched_on_at_any_time(settings, data_folder):
    grow()
    plain = checkpoints.make_checkpoint()
    settings.QD_LOG_SM2 = True
    grow()
    both = checkpoints.make_checkpoint()
    ed25519, second = keys.public()
    assert (len(Note.parse(plain.note).lines), second.kind) == (1, "sm2")
    assert verify_line(Note.parse(both.note), ed25519) and verify_line(Note.parse(both.note), second)
    assert stat.S_IMODE((data_folder / "log-sm2.key").stat().st_mode) == 0o600


@pytest.mark.django_db(transaction=True)
def test_several_workers_at_once_sign_a_size_once_and_raise_no_alarm(settings, tmp_path):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite in memory belongs to one thread; in a file its writers wait for one another")
    settings.DATA_DIR = tmp_path
    start = threading.Barrier(4)

    def work(number: int) -> list[int]:
        start.wait()
        try:
            made = []
            for _ in range(8):
                grow()
                made.append(checkpoints.make_checkpoint())
            return [checkpoint.size for checkpoint in made if checkpoint]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        sizes = sorted(size for made in pool.map(work, range(4)) for size in made)
    assert sizes == sorted(Checkpoint.objects.values_list("size", flat=True))
    assert all(checkpoint.root == log.root(checkpoint.size).hex() for checkpoint in Checkpoint.objects.all())
    assert len(keys.public()) == 1 and sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint.txt", "log.key"]


# ------------------------------------------------------------------ the key
def test_the_key_is_its_owners_alone_and_stays_the_same(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    grow()
    checkpoints.make_checkpoint()
    made = (tmp_path / "log.key").read_bytes()
    assert stat.S_IMODE((tmp_path / "log.key").stat().st_mode) == 0o600
    grow()
    checkpoints.make_checkpoint()
    assert (tmp_path / "log.key").read_bytes() == made
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint.txt", "log.key"]


def test_a_lost_key_is_never_replaced(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    grow()
    checkpoints.make_checkpoint()
    (tmp_path / "log.key").unlink()
    grow()
    with pytest.raises(DomainError, match="请从另行保管的副本恢复"):
        checkpoints.make_checkpoint()
    assert not (tmp_path / "log.key").exists()


def test_another_logs_key_signs_nothing(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    grow()
    checkpoints.make_checkpoint()
    (tmp_path / "log.key").unlink()
    Signer(settings.QD_LOG_ORIGIN, generate()).save(tmp_path / "log.key")
    grow()
    with pytest.raises(checkpoints.Contradiction, match="不是本日志的私钥所签"):
        checkpoints.make_checkpoint()


@pytest.mark.parametrize(("name", "value"), [("QD_LOG_ORIGIN", "another/log"), ("QD_LOG_HASH", "sm3")])
def test_name_and_hash_of_a_log_that_has_begun_cannot_change(settings, name, value):
    grow()
    checkpoints.make_checkpoint()
    setattr(settings, name, value)
    grow()
    with pytest.raises(DomainError, match="请改回"):
        checkpoints.make_checkpoint()
    assert Checkpoint.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_backup_holds_no_private_key(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    grow()
    checkpoints.make_checkpoint()
    with tarfile.open(ops.backup(tmp_path / "b.tar.gz")) as archive:
        content = {member.name: archive.extractfile(member).read() for member in archive.getmembers()}
    secret = (tmp_path / "log.key").read_bytes().split(b"+", 4)[4].strip()  # base64 has a plus of its own
    assert not [name for name, data in content.items() if "log.key" in name or secret in data]


# ------------------------------------------------------------------ what is never signed
ATTACKS = {
    "an entry changed": ['UPDATE common_leaf SET hash = {zeros} WHERE "index" = 1'],
    "two entries exchanged": [
        'UPDATE common_leaf SET "index" = 999999 WHERE "index" = 1',
        'UPDATE common_leaf SET "index" = 1 WHERE "index" = 2',
        'UPDATE common_leaf SET "index" = 2 WHERE "index" = 999999',
    ],
    "an entry missing": ['DELETE FROM common_leaf WHERE "index" = 1'],
    "the last entries missing": ['DELETE FROM common_leaf WHERE "index" >= {signed} - 1'],
    "the checkpoint's root changed": ["UPDATE trust_checkpoint SET root = '" + "0" * 64 + "'"],
    "the checkpoint's size changed": ["UPDATE trust_checkpoint SET size = size - 1"],
    "the checkpoint's text changed": ["UPDATE trust_checkpoint SET note = replace(note, 'time 2017', 'time 2016')"],
    "the checkpoint's signature removed": ["UPDATE trust_checkpoint SET note = ''"],
}


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("after", [0, 3], ids=["at once", "and it goes on"])
def test_a_log_that_was_rewritten_gets_no_signature(attack, after):
    signed = grow(5)
    checkpoints.make_checkpoint()
    copy = checkpoints.copy_file().read_bytes()
    if after:
        grow(after)
    tamper(*(statement.format(zeros=zeros(), signed=signed) for statement in ATTACKS[attack]))
    with pytest.raises(checkpoints.Contradiction):
        checkpoints.make_checkpoint()
    assert Checkpoint.objects.count() == 1
    assert checkpoints.copy_file().read_bytes() == copy


def test_a_false_node_over_entries_that_came_later_is_found_too():
    grow(300 - log.size())
    checkpoints.make_checkpoint()
    grow(520 - log.size())
    tamper(f'UPDATE common_node SET hash = {zeros()} WHERE level = 1 AND "index" = 1')
    with pytest.raises(checkpoints.Contradiction, match="不一致"):
        checkpoints.make_checkpoint()


@pytest.mark.parametrize("after", [0, 2, 9], ids=["at once", "still smaller", "grown beyond"])
def test_an_old_backup_shows_by_the_copy_outside_the_database(after):
    old = grow(2)
    checkpoints.make_checkpoint()
    signed = grow(5)
    checkpoints.make_checkpoint()
    tamper(f"DELETE FROM trust_checkpoint WHERE size > {old}", f'DELETE FROM common_leaf WHERE "index" >= {old}')
    if after:
        grow(after)
    with pytest.raises(checkpoints.Contradiction) as refusal:
        checkpoints.make_checkpoint()
    assert str(refusal.value.place) == str(checkpoints.copy_file())
    assert f"{signed} 条" in str(refusal.value.reason)
    assert ("现在只有" in str(refusal.value.reason)) == (log.size() < signed)
    # Once those in charge have put the file away, the log may go on; its witnesses will not follow.
    checkpoints.copy_file().unlink()
    assert (checkpoints.make_checkpoint() is None) == (after == 0)


@pytest.mark.parametrize("content", ["", "garbage", "qingdan.local/log\n1\n\n"])
def test_a_copy_that_cannot_be_read_is_not_written_over(content):
    grow()
    checkpoints.make_checkpoint()
    checkpoints.copy_file().write_text(content)
    grow()
    with pytest.raises(checkpoints.Contradiction):
        checkpoints.make_checkpoint()
    assert checkpoints.copy_file().read_text() == content


def test_the_copy_is_the_newest_note_and_comes_back_when_it_is_gone():
    grow()
    first = checkpoints.make_checkpoint()
    assert checkpoints.copy_file().read_text() == first.note
    grow()
    second = checkpoints.make_checkpoint()
    assert checkpoints.copy_file().read_text() == second.note
    checkpoints.copy_file().unlink()
    assert checkpoints.make_checkpoint() is None
    assert checkpoints.copy_file().read_text() == second.note


def test_those_who_must_know_are_told_once_a_day(person):
    people = {role: person(role, "信息中心") for role in (Role.SECURITY_ADMIN, Role.AUDIT_ADMIN, Role.DISCIPLINE)}
    person(Role.SYSTEM_ADMIN, "信息中心")
    grow()
    assert jobs.sign_checkpoint(None).startswith("size ")
    assert jobs.sign_checkpoint(None) == ""
    tamper(f'UPDATE common_leaf SET hash = {zeros()} WHERE "index" = 1')
    for _ in range(2):
        grow()
        with pytest.raises(checkpoints.Contradiction):
            jobs.sign_checkpoint(None)
    told = Notification.objects.filter(title="日志与已签名的检查点不符，已停止签名")
    assert sorted(told.values_list("recipient", flat=True)) == sorted(user.pk for user in people.values())


# ------------------------------------------------------------------ operators
def findings() -> dict[str, ops.Finding]:
    return {finding.name: finding for finding in ops.examine()}


def test_doctor_looks_at_the_key_and_at_the_log(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    assert findings()["日志私钥"].ok
    grow()
    checkpoints.make_checkpoint()
    assert findings()["日志私钥"].ok and findings()["检查点"].ok
    (tmp_path / "log.key").chmod(0o640)
    assert not findings()["日志私钥"].ok and "chmod 600" in findings()["日志私钥"].remedy
    (tmp_path / "log.key").chmod(0o600)
    tamper(f'UPDATE common_leaf SET hash = {zeros()} WHERE "index" = 1')
    assert not findings()["检查点"].ok and "被改写" in findings()["检查点"].found


def test_doctor_finds_that_nothing_is_signed_any_more(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    grow()
    checkpoints.make_checkpoint()
    grow()
    assert findings()["检查点"].ok
    later = clock.now() + figures.LATE
    with clock.at(later):
        assert not findings()["检查点"].ok


def test_the_newest_checkpoint_can_be_carried_away(tmp_path, capsys):
    grow()
    note = checkpoints.make_checkpoint().note
    assert ops.checkpoint() == 0
    assert capsys.readouterr().out == note
    assert ops.checkpoint(tmp_path / "taken.txt") == 0
    assert (tmp_path / "taken.txt").read_text() == note
    with pytest.raises(ops.OpsError, match="不覆盖"):
        ops.checkpoint(tmp_path / "taken.txt")


def test_without_a_checkpoint_there_is_nothing_to_carry_away():
    with pytest.raises(ops.OpsError, match="还没有检查点"):
        ops.checkpoint()


def test_the_page_says_when_signing_has_stopped(client):
    grow()
    checkpoints.make_checkpoint()
    grow()
    address = reverse("trust:about")
    assert "签名已中断" not in client.get(address).content.decode()
    with clock.at(clock.now() + figures.LATE):
        assert "签名已中断" in client.get(address).content.decode()
