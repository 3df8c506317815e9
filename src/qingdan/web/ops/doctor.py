"""The examination of an installation: one line for each thing that must be right, with the remedy where it is not."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from qingdan.web.common import attachments, calendar, clock, scheduler, transports, triggers
from qingdan.web.common.errors import DomainError
from qingdan.web.common.models import Attachment, Delivery
from qingdan.web.trust import keys
from qingdan.web.trust.figures import signing_stopped
from qingdan.web.trust.services import checkpoints

MIN_FREE_BYTES = 2 * 1024**3
PULSE_LIMIT = 300
LOOK_AT_FILES = 2000


@dataclass(frozen=True)
class Finding:
    """One thing looked at: ``ok``, its ``name``, what was found, and what to do when it is not well."""

    ok: bool
    name: str
    found: str
    remedy: str = ""


def doctor() -> int:
    """Print the findings; 0 when all is well, 1 otherwise."""
    findings = list(examine())
    for finding in findings:
        print(f"{'正常' if finding.ok else '问题'}  {finding.name}：{finding.found}")
        if not finding.ok:
            print(f"      → {finding.remedy}")
    bad = sum(not finding.ok for finding in findings)
    print(f"共检查 {len(findings)} 项，{f'{bad} 项有问题' if bad else '全部正常'}。")
    return 1 if bad else 0


def examine() -> Iterator[Finding]:
    """All findings. What needs the database is left out when it does not answer or is not migrated."""
    yield from _machine()
    reachable = _database()
    yield reachable
    if not reachable.ok:
        return
    migrations = _migrations()
    yield migrations
    if not migrations.ok:
        return
    for check in (_triggers, _log_key, _checkpoints, _calendar, _admins, _worker, _ways_out, _files):
        yield _guarded(check)


def _guarded(check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except Exception as error:
        return Finding(False, check.__name__.strip("_"), f"{type(error).__name__}: {error}", "请把这一行告诉维护人员。")


# ------------------------------------------------------------------ the machine and its folders
def _machine() -> Iterator[Finding]:
    version = ".".join(str(part) for part in sys.version_info[:3])
    yield Finding(sys.version_info >= (3, 11), "Python", version, "请安装 Python 3.11 或更新的版本。")
    yield _folder()
    yield _disk()
    yield _guarded(_secret)
    yield _guarded(_fonts)
    yield _guarded(_static)
    yield Finding(not settings.DEBUG, "调试模式", "已开启" if settings.DEBUG else "已关闭", "正式使用须去掉 QD_DEBUG。")
    if settings.QD_CLOCK:
        yield Finding(False, "时钟", f"演示时钟 {settings.QD_CLOCK}", "正式使用须去掉 QD_CLOCK。")


def _folder() -> Finding:
    folder: Path = settings.DATA_DIR
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return Finding(False, "数据文件夹", f"{folder} 不能写入：{error.strerror}", "请更正 QD_DATA 或文件夹的属主。")
    return Finding(True, "数据文件夹", f"{folder} 可写")


def _disk() -> Finding:
    folder = next(path for path in (settings.DATA_DIR, *settings.DATA_DIR.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    return Finding(free >= MIN_FREE_BYTES, "磁盘空间", f"剩余 {free / 1024**3:.1f} GB", "请清理或扩容，至少保留 2 GB。")


def _secret() -> Finding:
    path = settings.DATA_DIR / "secret.key"
    if os.environ.get("QD_SECRET_KEY"):
        short = len(settings.SECRET_KEY) < 40
        return Finding(not short, "密钥", "来自 QD_SECRET_KEY", "太短，请换成 50 个以上的随机字符。")
    mode = path.stat().st_mode & 0o077
    return Finding(not mode, "密钥", f"{path.name}，仅属主可读" if not mode else "他人可读", f"请运行 chmod 600 {path}")


def _fonts() -> Finding:
    from qingdan.papers.errors import PaperError
    from qingdan.papers.fonts import find_fonts

    try:
        roles = find_fonts().roles
    except PaperError as error:
        return Finding(False, "公文字体", str(error), "请安装 fonts-noto-cjk，或设置 QINGDAN_FONTS。")
    return Finding(True, "公文字体", f"标题 {roles['title'][0]}，正文 {roles['body'][0]}")


def _static() -> Finding:
    remedy = "请重新安装程序；从源代码运行的，请先构建前端资源。"
    lacking = [name for name in ("qd/qd.css", "qd/dist/qd.js") if not finders.find(name)]
    if lacking:
        return Finding(False, "静态文件", f"缺少 {'、'.join(lacking)}", remedy)
    root = settings.STATIC_ROOT
    if root is not None and not (Path(root) / "staticfiles.json").is_file():
        return Finding(
            False, "静态文件", "QD_MANIFEST 已开启，但没有清单", "请运行 qd manage collectstatic --noinput。"
        )
    return Finding(True, "静态文件", "齐全")


# ------------------------------------------------------------------ the database
def _database() -> Finding:
    try:
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        return Finding(False, "数据库", first, "请核对 DATABASE_URL，并确认数据库服务已启动。")
    version = ".".join(str(part) for part in connection.get_database_version())
    return Finding(True, "数据库", f"{connection.display_name} {version}")


def _migrations() -> Finding:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return Finding(
        not waiting,
        "数据库结构",
        f"{len(waiting)} 项升级未执行" if waiting else "最新",
        "请先备份，再运行 qd migrate。",
    )


def _triggers() -> Finding:
    lacking = triggers.missing(connection)
    found = f"缺少 {len(lacking)} 个：{'、'.join(lacking[:3])}" if lacking else "齐全，历史记录不可改"
    return Finding(not lacking, "防篡改触发器", found, "请运行 qd migrate 重新建立，并查明是谁取消的。")


def _log_key() -> Finding:
    try:
        made = keys.public()
    except DomainError as error:
        return Finding(False, "日志私钥", f"{error.place}：{error.reason}", str(error.remedy))
    if open_ones := keys.readable_by_others():
        return Finding(False, "日志私钥", "他人可读", f"请运行 chmod 600 {' '.join(map(str, open_ones))}")
    names = "、".join(key.kind for key in made)
    return Finding(True, "日志私钥", f"{names}，仅属主可读" if made else "尚未生成，签第一个检查点时生成")


def _checkpoints() -> Finding:
    try:
        checkpoints.check()
    except DomainError as error:
        return Finding(False, "检查点", f"{error.place}：{error.reason}", str(error.remedy))
    newest = checkpoints.newest()
    found = f"最近一次签了 {newest.size} 条" if newest else "还没有"
    stopped = signing_stopped(clock.now())
    return Finding(
        not stopped, "检查点", f"{found}{'，此后的记录超过十分钟未签' if stopped else ''}", "请启动 qd worker。"
    )


def _calendar() -> Finding:
    today = clock.today()
    # The notice for the next year is out by the end of November.
    years = [today.year, today.year + 1] if today >= date(today.year, 12, 1) else [today.year]
    work = calendar.work_calendar()
    lacking = [str(year) for year in years if not work.is_published(year)]
    return Finding(
        not lacking,
        "工作日历",
        f"{'、'.join(lacking)} 年安排未录入" if lacking else f"{years[-1]} 年已录入",
        "请系统管理员在“工作日历”中导入国务院办公厅公布的安排。",
    )


def _admins() -> Finding:
    from qingdan.web.units.models import Role
    from qingdan.web.units.roles import people_with

    lacking = [
        str(Role(role).label)
        for role in (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN)
        if not people_with(role)
    ]
    return Finding(
        not lacking,
        "三员",
        f"没有人担任{'、'.join(lacking)}" if lacking else "齐全",
        "新系统请运行 qd createadmin；已有账号的，请由在任管理员办理任职。",
    )


def _worker() -> Finding:
    age = scheduler.heartbeat_age()
    found = "从未运行" if age is None else f"{age:.0f} 秒前有响应"
    return Finding(
        age is not None and age < PULSE_LIMIT, "后台进程", found, "请启动 qd worker（qd serve 会一并启动）。"
    )


def _ways_out() -> Finding:
    try:
        ways = sorted(transports.configured())
    except ValueError as error:
        return Finding(False, "外发消息", str(error), "请更正环境变量后重启。")
    lost = Delivery.objects.filter(sent_at__isnull=True, next_try_at__isnull=True).count()
    found = f"途径：{'、'.join(ways) or '无'}；未送达 {lost} 条"
    return Finding(not lost, "外发消息", found, "请在“后台作业”页面查看错误并重发。")


def _files() -> Finding:
    kept = Attachment.objects.exclude(sha256="")
    sums = list(kept.order_by("-id").values_list("sha256", flat=True)[:LOOK_AT_FILES])
    lost = sum(not attachments.path_of(sha256).is_file() for sha256 in set(sums))
    return Finding(
        not lost,
        "附件",
        f"近 {len(sums)} 个中缺 {lost} 个" if lost else f"近 {len(sums)} 个都在",
        "请从备份中恢复文件夹 files。",
    )
