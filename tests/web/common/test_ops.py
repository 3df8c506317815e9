"""Operations: examine, back up, restore. On SQLite by its own backup, on PostgreSQL by pg_dump."""

import io
import json
import shutil
import tarfile
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from qingdan.web import ops
from qingdan.web.common import attachments, calendar, clock, scheduler, triggers, values
from qingdan.web.common.models import Attachment, CalendarDay, Event
from qingdan.web.units.models import Role, User


@pytest.fixture
def office(person, settings, tmp_path):
    """A little system with an attachment and a changed setting; its data folder is its own."""
    settings.DATA_DIR = tmp_path / "data"
    settings.DATA_DIR.mkdir()
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": settings.DATA_DIR / "files"},
        },
    }
    head = person(Role.SUPERVISION_HEAD, username="head")
    values.set_value(head, "yellow_days", 10, "测试")
    attachments.store(head, SimpleUploadedFile("现场.txt", "施工正常".encode()))
    return head


@pytest.fixture
def archive(office, tmp_path):
    return ops.backup(tmp_path / "b.tar.gz")


def emptied(settings) -> None:
    """As a new machine: migrated, nothing in it."""
    call_command("flush", interactive=False, verbosity=0)
    triggers.install(connection)
    shutil.rmtree(settings.DATA_DIR / "files")


def repacked(archive, change) -> None:
    """Rewrite the archive with its members (name -> bytes) changed."""
    with tarfile.open(archive) as old:
        members = {m.name: old.extractfile(m).read() for m in old.getmembers()}
    change(members)
    with tarfile.open(archive, "w:gz") as new:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            new.addfile(info, io.BytesIO(data))


@pytest.mark.django_db(transaction=True)
def test_a_backup_is_restored_on_a_new_machine(archive, settings):
    events = list(Event.objects.order_by("id").values_list("id", "verb", "data"))
    emptied(settings)
    assert ops.restore(archive) == 0
    assert list(Event.objects.order_by("id").values_list("id", "verb", "data")) == events
    assert User.objects.get().username == "head" and values.get("yellow_days") == 10
    assert attachments.open_attachment(Attachment.objects.get()).read().decode() == "施工正常"
    assert triggers.missing(connection) == []
    with pytest.raises(DatabaseError), transaction.atomic():
        Event.objects.all()._raw_delete(using="default")


@pytest.mark.django_db(transaction=True)
def test_what_is_there_is_replaced_only_when_forced(archive, person):
    person(Role.REPORTER, username="later")
    with pytest.raises(ops.OpsError, match="不是空的"):
        ops.restore(archive)
    assert User.objects.filter(username="later").exists()
    ops.restore(archive, force=True)
    assert not User.objects.filter(username="later").exists()
    person(Role.REPORTER, username="again")  # the numbering goes on where it was


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda m: m.update({n: b"x" for n in m if n.startswith("database")}), "已损坏或被改动"),
        (lambda m: m.update({n: b"x" for n in m if n.startswith("files")}), "已损坏或被改动"),
        (lambda m: m.pop(next(n for n in m if n.startswith("files"))), "与清单不符"),
        (lambda m: m.update({"files/aa/more": b"x"}), "与清单不符"),
        (lambda m: m.pop("manifest.json"), "清单"),
        (lambda m: m.update({"manifest.json": b"[]"}), "清单"),
        (lambda m: m.update({"../outside": b"x"}), "不是完整的备份"),
    ],
)
def test_a_backup_that_was_touched_changes_nothing(archive, change, said, person):
    repacked(archive, change)
    person(Role.REPORTER, username="later")
    with pytest.raises(ops.OpsError) as caught:
        ops.restore(archive, force=True)
    assert said in str(caught.value) and caught.value.remedy
    assert User.objects.filter(username="later").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("key", "value", "said"),
    [("migrations", [["common", "0001_initial"]], "结构与本程序不同"), ("database", "oracle", "oracle 的备份")],
)
def test_a_backup_of_another_kind_or_version_is_refused(archive, key, value, said):
    def change(members):
        members["manifest.json"] = json.dumps({**json.loads(members["manifest.json"]), key: value}).encode()

    repacked(archive, change)
    with pytest.raises(ops.OpsError, match=said):
        ops.restore(archive, force=True)


@pytest.mark.parametrize("data", [b"", b"not a tar", b"\x1f\x8b\x08\x00broken"])
@pytest.mark.django_db
def test_any_other_file_is_refused(office, tmp_path, data):
    (tmp_path / "x.tar.gz").write_bytes(data)
    with pytest.raises(ops.OpsError, match="不是完整的备份文件"):
        ops.restore(tmp_path / "x.tar.gz", force=True)


@pytest.mark.django_db(transaction=True)
def test_a_backup_overwrites_nothing_and_is_the_owners_alone(archive):
    assert archive.stat().st_mode & 0o777 == 0o600
    with pytest.raises(ops.OpsError, match="已存在"):
        ops.backup(archive)
    assert [p.name for p in archive.parent.iterdir() if p.name.startswith(".")] == []
    named = ops.backup(archive.parent)
    assert named.parent == archive.parent and named.name.startswith("qingdan-")


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="pg_dump is needed on PostgreSQL only")
def test_a_machine_without_pg_dump_is_told_so(office, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(ops.OpsError, match="pg_dump"):
        ops.backup(tmp_path / "b.tar.gz")
    assert not (tmp_path / "b.tar.gz").exists()


# ------------------------------------------------------------------ doctor
def found(name: str) -> ops.Finding:
    return next(finding for finding in ops.examine() if finding.name == name)


@pytest.fixture
def healthy(office, person, settings):
    for role in (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN):
        person(role, "区信息中心")
    settings.SECRET_KEY = "k" * 50
    scheduler.beat()


@pytest.mark.django_db
def test_a_healthy_system_has_no_finding(healthy, standing_clock, monkeypatch, capsys):
    monkeypatch.setattr("django.contrib.staticfiles.finders.find", lambda name: name)
    status = ops.doctor()
    said = capsys.readouterr().out
    assert status == 0, said
    assert "全部正常" in said and "防篡改触发器" in said


@pytest.mark.django_db
def test_each_thing_out_of_order_is_named_with_its_remedy(office, settings, standing_clock):
    CalendarDay.objects.all().delete()
    calendar.CalendarYear.objects.all().delete()
    settings.DEBUG = True
    settings.QD_CLOCK = "2017-08-03T09:00"
    settings.QD_WEBHOOK_URL = "ftp://example.invalid"
    attachments.path_of(Attachment.objects.get().sha256).unlink()
    triggers.remove(connection)
    bad = {finding.name: finding for finding in ops.examine() if not finding.ok}
    assert {"防篡改触发器", "工作日历", "三员", "后台进程", "外发消息", "附件", "调试模式", "时钟"} <= set(bad)
    assert all(finding.remedy for finding in bad.values())
    assert ops.doctor() == 1
    triggers.install(connection)


@pytest.mark.django_db
def test_from_december_the_next_year_is_wanted(office):
    with clock.at(date(2026, 11, 30)):
        assert found("工作日历").ok
    with clock.at(date(2026, 12, 1)):
        assert not found("工作日历").ok


@pytest.mark.django_db
def test_a_migration_that_waits_is_named_and_the_rest_left_out(office):
    from django.db.migrations.recorder import MigrationRecorder

    MigrationRecorder.Migration.objects.filter(app="common", name="0001_initial").delete()
    findings = {finding.name: finding for finding in ops.examine()}
    assert not findings["数据库结构"].ok and "工作日历" not in findings


@pytest.mark.django_db
def test_a_folder_that_cannot_be_written_is_named(office, settings):
    settings.DATA_DIR = settings.DATA_DIR / "missing"
    assert not found("数据文件夹").ok


@pytest.mark.django_db
def test_the_first_accounts_are_made_once(capsys):
    from qingdan.web.common.errors import DomainError

    assert ops.createadmin() == 0
    said = capsys.readouterr().out
    assert said.count("-") >= 9 and User.objects.count() == 3
    with pytest.raises(DomainError, match="已有账号"):
        ops.createadmin()
