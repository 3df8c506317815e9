"""Backup and restore: the database and the attachments as one archive with a manifest of SHA-256 sums.

The archive is a gzipped tar: ``database.sqlite3`` or ``database.dump`` (pg_dump's custom format), ``files/…`` and, at
the end, ``manifest.json``. Private keys are not in it: whoever finds a backup can sign neither sessions nor the
log with it.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from qingdan.web.common import attachments, triggers
from qingdan.web.common.models import Event

from .errors import OpsError

FORMAT = 1
DUMPS = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
CHUNK = 1024 * 1024


# ------------------------------------------------------------------ backup
def backup(path: Path | str) -> Path:
    """Write a backup of the running system to ``path`` (a new file, or a folder to name it in); return the file.

    May run while people work: the database is read as of one moment, and files are never changed once there.
    Raises OpsError when the file exists already or the database cannot be dumped; then no file is left behind.
    """
    path = Path(path)
    if path.is_dir():
        path = path / f"qingdan-{datetime.now(UTC).astimezone():%Y%m%d-%H%M%S}.tar.gz"
    if path.exists():
        raise OpsError(str(path), "文件已存在。", "请换一个文件名，不覆盖已有备份。")
    if not path.parent.is_dir():
        raise OpsError(str(path.parent), "文件夹不存在。", "请先建立文件夹。")
    _require_migrated()
    dump_name = DUMPS[connection.vendor]
    part = path.with_name(f".{path.name}.part")
    try:
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=path.parent) as folder:
            dump = Path(folder) / dump_name
            events = Event.objects.count()
            _dump(dump)
            manifest: dict[str, Any] = {
                "format": FORMAT,
                "program": importlib.metadata.version("qingdan"),
                "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "database": connection.vendor,
                "migrations": sorted(map(list, MigrationRecorder(connection).applied_migrations())),
                # Counted before the dump, which may hold a few more and never fewer.
                "events": events,
                "members": {},
            }
            # Owner only: a backup holds everything.
            with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out:
                with tarfile.open(fileobj=out, mode="w:gz", compresslevel=6) as archive:
                    for name, source in [(dump_name, dump), *_stored_files()]:
                        manifest["members"][name] = {"sha256": _sum(source), "size": source.stat().st_size}
                        archive.add(source, arcname=name, recursive=False)
                    text = Path(folder) / "manifest.json"
                    text.write_text(json.dumps(manifest, ensure_ascii=False, indent=1), "utf-8")
                    archive.add(text, arcname="manifest.json", recursive=False)
                out.flush()
                os.fsync(out.fileno())
        os.replace(part, path)
    except OSError as error:
        raise OpsError(str(path), f"写入失败：{error.strerror or error}", "请检查磁盘空间和权限后重试。") from error
    finally:
        part.unlink(missing_ok=True)
    count, size = len(manifest["members"]) - 1, path.stat().st_size
    print(f"已备份 (backed up): {path}  附件 {count} 个，{size / 1024**2:.1f} MB，事件 {manifest['events']} 条")
    return path


def _require_migrated() -> None:
    try:
        applied = set(MigrationRecorder(connection).applied_migrations())
    except DatabaseError as error:
        raise OpsError("DATABASE_URL", f"数据库连不上：{error}", "请核对 DATABASE_URL。") from error
    if ("common", "0001_initial") not in applied:
        raise OpsError("数据库", "还没有建立，没有可备份的内容。", "请核对 QD_DATA 和 DATABASE_URL。")


def _stored_files() -> Iterator[tuple[str, Path]]:
    """The attachments on disk, as (name in the archive, path)."""
    folder = attachments.folder()
    if folder.is_dir():
        for path in sorted(folder.glob("??/*")):
            if path.is_file() and not path.name.startswith("."):
                yield f"files/{path.parent.name}/{path.name}", path


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _dump(target: Path) -> None:
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        copy = sqlite3.connect(target)
        try:
            connection.connection.backup(copy)
            # The copy travels alone: without the write-ahead log of the original.
            copy.execute("PRAGMA journal_mode=DELETE")
        finally:
            copy.close()
    else:
        _postgres("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}")


def _postgres(program: str, *options: str) -> None:
    """Run a client program of PostgreSQL against the configured database; the password goes by the environment."""
    found = shutil.which(program)
    if found is None:
        raise OpsError(program, "这台机器没有这个程序。", "请安装与服务器同版本的 postgresql-client 后重试。")
    server = connection.settings_dict
    where = [f"--{name}={server[key]}" for name, key in _WHERE if server[key]]
    environment = {**os.environ, **({"PGPASSWORD": server["PASSWORD"]} if server["PASSWORD"] else {})}
    for name, value in server["OPTIONS"].items():
        if name in {"sslmode", "sslrootcert", "sslcert", "sslkey"}:
            environment[f"PG{name.upper()}"] = str(value)
    # Somebody still connected must not make it wait for ever.
    environment["PGOPTIONS"] = f"{environment.get('PGOPTIONS', '')} -c lock_timeout=60s".strip()
    done = subprocess.run(  # noqa: S603  a fixed program with our own options
        [found, *where, "--no-password", *options], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise OpsError(program, said[0], "请核对数据库权限，以及客户端版本不低于服务器版本。")


_WHERE = (("host", "HOST"), ("port", "PORT"), ("username", "USER"), ("dbname", "NAME"))


# ------------------------------------------------------------------ restore
def restore(path: Path | str, force: bool = False) -> int:
    """Put the backup at ``path`` back: into an empty system, or with ``force`` in place of what is there. Returns 0.

    Everything is verified before anything is changed: the manifest, every sum, the kind of database and the version
    of its structure, which must be that of this program. Stop web and worker before. Raises OpsError.
    """
    path = Path(path)
    if not path.is_file():
        raise OpsError(str(path), "文件不存在。", "请核对路径。")
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=settings.DATA_DIR) as temporary:
        folder = Path(temporary)
        _unpack(path, folder)
        manifest = _verify(path, folder)
        _same_version(path, manifest)
        if not force and (there := _contents()):
            raise OpsError("目标系统", f"不是空的：{there}。", "请核对目标；确需覆盖的，先备份现有数据，再加 --force。")
        for name in manifest["members"]:
            if name.startswith("files/"):
                _put_file(folder / name)
        _load(folder / DUMPS[connection.vendor])
    triggers.install(connection)
    events = Event.objects.count()
    if events < manifest["events"]:
        raise OpsError(
            str(path), f"清单记载事件 {manifest['events']} 条，只恢复了 {events} 条。", "请换一份备份重新恢复。"
        )
    print(f"已恢复 (restored): {path}  备份时间 {manifest['made_at']}，事件 {events} 条")
    return 0


def _unpack(path: Path, folder: Path) -> None:
    try:
        with tarfile.open(path, "r:gz") as archive:
            # The filter refuses links, devices and names that lead out of the folder.
            archive.extractall(folder, filter="data")
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise OpsError(str(path), f"不是完整的备份文件：{error}", "请换一份备份。") from error


def _verify(path: Path, folder: Path) -> dict[str, Any]:
    broken = OpsError(str(path), "没有可读的清单。", "这不是本系统的备份，或文件不完整；请换一份备份。")
    try:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        members = manifest["members"]
        complete = {"format", "database", "migrations", "events", "made_at"} <= manifest.keys()
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise broken from None
    if not complete or manifest["format"] != FORMAT:
        raise broken
    present = {
        file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()
    } - {"manifest.json"}  # fmt: skip
    if present != set(members):
        odd = sorted(present ^ set(members))
        raise OpsError(str(path), f"内容与清单不符：{odd[0]} 等 {len(odd)} 项。", "请换一份备份。")
    for name, about in members.items():
        if _sum(folder / name) != about["sha256"]:
            raise OpsError(f"{path}: {name}", "内容与清单不符，可能已损坏或被改动。", "请换一份备份。")
    return dict(manifest)


def _same_version(path: Path, manifest: dict[str, Any]) -> None:
    if manifest["database"] != connection.vendor:
        raise OpsError(
            str(path),
            f"是 {manifest['database']} 的备份，本系统用的是 {connection.vendor}。",
            "请把 DATABASE_URL 指向同类数据库后再恢复。",
        )
    loader = MigrationLoader(None)
    ours = set(loader.disk_migrations)
    theirs = {tuple(pair) for pair in manifest["migrations"]}
    if ours != theirs:
        raise OpsError(
            str(path),
            f"数据库结构与本程序不同（备份时程序版本 {manifest.get('program', '?')}）。",
            "请安装与备份相同版本的程序，恢复后再升级。",
        )


def _contents() -> str:
    """What the target holds already, in words; empty for a system nobody has used."""
    from qingdan.web.units.models import User

    found = []
    try:
        tables = connection.introspection.table_names()
        if User._meta.db_table in tables and (people := User.objects.count()):
            found.append(f"账号 {people} 个")
        if Event._meta.db_table in tables and (events := Event.objects.exclude(actor=None).count()):
            # What the installation itself did, such as laying the calendar, is nobody's work.
            found.append(f"事件 {events} 条")
    except DatabaseError as error:
        raise OpsError("DATABASE_URL", f"数据库连不上：{error}", "请核对 DATABASE_URL。") from error
    return "、".join(found)


def _put_file(source: Path) -> None:
    target = attachments.path_of(source.name)
    if target.is_file() and _sum(target) == source.name:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(source, target)


def _load(dump: Path) -> None:
    if connection.vendor == "sqlite":
        copy = sqlite3.connect(dump)
        try:
            connection.ensure_connection()
            # Into the open database, page by page under its lock: other processes see the old or the new whole.
            copy.backup(connection.connection)
        except sqlite3.Error as error:
            raise OpsError("数据库", f"不能写入：{error}", "请先停止网页和后台进程。") from error
        finally:
            copy.close()
    else:
        connection.close()
        _postgres(
            "pg_restore", "--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction",
            "--exit-on-error", str(dump),
        )  # fmt: skip
