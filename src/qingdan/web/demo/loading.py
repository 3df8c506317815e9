"""Loading the demo once, writing the files that an office would send out, and saying what was done."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from qingdan.web.common import clock
from qingdan.web.common.models import Event
from qingdan.web.tasks import overview
from qingdan.web.tasks.exports.lists import booklet_file
from qingdan.web.tasks.exports.overview import overview_file
from qingdan.web.tasks.light import Light
from qingdan.web.tasks.models import ListEdition
from qingdan.web.units.models import User

from . import people, story, trusted
from .district import NAMES

FRIDAY = date(2017, 7, 14)


def run(data: Path) -> dict[str, str]:
    """Load the demo unless it is there already, and give the environment that it is served with (its clock).

    Prints what was done in Chinese and English. ``data`` is the folder of everything the demo makes; the papers of the
    second week of July are written to ``data/papers``.
    """
    began = time.monotonic()
    if not User.objects.exists():
        say("正在载入演示数据（约一分钟）… Loading the demo district, about a minute …")
        with transaction.atomic():  # all of the demo or nothing of it
            told = story.load(lambda line: say(f"  · {line}"))
        say(
            f"导入 {told.rows_in} 行台账，{told.tasks} 项任务，收到 {told.reports} 份周报。"
            f" {told.rows_in} ledger rows in, {told.tasks} tasks, {told.reports} reports taken."
        )
        with clock.at(timezone.make_aware(story.NOW)):
            made = trusted.load(data)
        if made:
            say(f"记录 {made.size} 条已签名，两家见证。 {made.size} entries of the log signed, two witnesses.")
    _tell_state()
    _write_papers(data / "papers")
    _tell_accounts()
    say(f"用时 {time.monotonic() - began:.0f} 秒。 Took {time.monotonic() - began:.0f} s.")
    return {"QD_CLOCK": _clock().isoformat(), "QD_DISTRICT": "成都市郫都区,郫都区,郫县"}


def say(line: str) -> None:
    """Print one line at once."""
    print(line, flush=True)


def _tell_state() -> None:
    officer = User.objects.get(username="mdb-officer")
    for edition in ListEdition.objects.issued().order_by("month", "version"):
        lines = edition.lines.standing_lines()
        items = lines.order_by().values("item").distinct().count()
        issued = timezone.localtime(edition.issued_at).date() if edition.issued_at else ""
        say(f"清单 List: {edition.title}，{items} 个大项 items、{lines.count()} 项任务 tasks，{issued} 印发 issued")
    counts = overview.statistics(officer, _july(), FRIDAY)
    lights = "，".join(f"{Light(code).label} {n}" for code, n in counts.task_lights.most_common())
    say(
        f"截至7月14日 As of 14 July: {counts.items} 个大项 items、{counts.tasks} 项任务 tasks；灯号 lights: {lights}；"
        f"不能按时办结 cannot be in time {counts.not_in_time_tasks} 项 tasks，"
        f"其中未说明原因建议 without reason or advice {counts.without_reason_or_advice} 项"
    )


def _july() -> ListEdition:
    edition = ListEdition.objects.issued().filter(month=FRIDAY.replace(day=1)).order_by("-version").first()
    if edition is None:
        raise LookupError("the demo's July list is missing: empty the data folder and load the demo again")
    return edition


def _write_papers(folder: Path) -> None:
    """The overview of 14 July and the July booklet, as they would be sent round."""
    folder.mkdir(parents=True, exist_ok=True)
    officer, edition = User.objects.get(username="mdb-officer"), _july()
    rows = overview.rows(officer, edition, FRIDAY, limit=None)
    numbers = overview.item_numbers(officer, edition)
    for kind in ("xlsx", "docx", "pdf"):
        made = overview_file(kind, edition, FRIDAY, rows, numbers)
        (folder / made.name).write_bytes(made.data)
        say(f"写出 Wrote {folder / made.name}")
    for kind in ("docx", "pdf"):
        made = booklet_file(kind, officer, edition)
        (folder / made.name).write_bytes(made.data)
        say(f"写出 Wrote {folder / made.name}")


def _tell_accounts() -> None:
    say(f"登录账号（密码都是 {people.PASSWORD}） Accounts, all with the password {people.PASSWORD}:")
    for username, role, code in people.SHOWN:
        say(f"  {username:<12} {role}（{NAMES[code]}）")


def _clock() -> datetime:
    """The demo's time goes on from where it stopped, never back before what was already recorded."""
    start = timezone.make_aware(story.NOW)
    last = Event.objects.order_by("-at").values_list("at", flat=True).first()
    return max(start, timezone.localtime(last + timedelta(seconds=1))) if last else start
