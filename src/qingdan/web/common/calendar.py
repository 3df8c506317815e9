"""The working-day calendar as data: read by everyone through `work_calendar`, kept by the system administrator.

The State Council publishes each year's arrangement in the November before; days that it singles out are rows of
`CalendarDay`, and a `CalendarYear` says that the year is complete. A year without one is computed by weekends
alone, and says so.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qingdan.standards.workdays import DayKind, WorkCalendar, published_years, seed_days, unpublished_note

from .errors import DomainError
from .events import record
from .models import CalendarDay, CalendarYear
from .revision import Revised
from .rights import YES, Verdict, no, require

if TYPE_CHECKING:
    from qingdan.web.units.models import User

FIRST_YEAR, LAST_YEAR = 2000, 2100
MAX_CSV_BYTES = 200_000


def _load() -> WorkCalendar:
    days = dict(CalendarDay.objects.values_list("day", "kind"))
    years = CalendarYear.objects.filter(published=True).values_list("year", flat=True)
    return WorkCalendar({day: DayKind(kind) for day, kind in days.items()}, set(years))


_calendar = Revised("calendar", _load)


def work_calendar() -> WorkCalendar:
    """The calendar in force, from memory; changes by any process are seen with the next request."""
    return _calendar.get()


def unpublished_banner(year: int) -> str:
    """What a page about ``year`` must say when its arrangement is not published; else empty."""
    return unpublished_note(work_calendar(), date(year, 1, 1), date(year, 12, 31))


for _model in (CalendarDay, CalendarYear):
    # Also a change from elsewhere (a test, a shell) is seen at once.
    post_save.connect(_calendar.touch, sender=_model, dispatch_uid=f"qingdan-calendar-save-{_model.__name__}")
    post_delete.connect(_calendar.touch, sender=_model, dispatch_uid=f"qingdan-calendar-delete-{_model.__name__}")


# ------------------------------------------------------------------ rights
def can_keep_calendar(actor: User) -> Verdict:
    """Only the system administrator keeps the calendar."""
    if actor.standing.has("system_admin"):
        return YES
    return no(gettext_lazy("只有系统管理员可以维护工作日历。"))


# ------------------------------------------------------------------ seeding
@transaction.atomic
def seed_calendar(actor: User | None) -> list[int]:
    """Fill in every year that the built-in arrangements know and the database does not; return those years.

    A year that is there already is left as it is, whoever made it, so running it again changes nothing. With
    ``actor`` None it is part of the installation, like a migration.
    """
    if actor is not None:
        require(can_keep_calendar(actor))
    present = set(CalendarYear.objects.values_list("year", flat=True))
    years = [year for year in published_years() if year not in present]
    if not years:
        return []
    CalendarYear.objects.bulk_create(
        [CalendarYear(year=year, source=f"国务院办公厅关于{year}年部分节假日安排的通知") for year in years]
    )
    names = _holiday_names()
    CalendarDay.objects.bulk_create(
        [
            CalendarDay(day=day, kind=kind.value, remark=names.get(day, ""))
            for year in years
            for day, kind in seed_days(year).items()
        ],
        ignore_conflicts=True,
    )
    _calendar.touch()
    record(actor, "common.seed_calendar", CalendarYear(year=years[-1]), years=years)
    return years


def _holiday_names() -> dict[date, str]:
    """The Chinese name of the festival that each special day belongs to."""
    from chinese_calendar import Holiday, constants

    chinese = {holiday.value: holiday.chinese for holiday in Holiday}
    return {day: chinese.get(name, "") for day, name in (constants.holidays | constants.workdays).items()}


def after_migrate(sender: Any, **_kwargs: Any) -> None:
    """A database that was just migrated (or emptied) has the calendar."""
    seed_calendar(None)


# ------------------------------------------------------------------ keeping
def _reason(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise DomainError(_("理由"), _("没有填写理由。"), _("请写明依据或理由。"), field="reason")
    return reason


def _check_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise DomainError(
            _("年份"),
            _("%(year)s 超出可维护的范围。") % {"year": year},
            _("请填写 %(first)s 至 %(last)s 之间的年份。") % {"first": FIRST_YEAR, "last": LAST_YEAR},
            field="day",
        )


def _check_day(day: date, kind: str, place: str = "") -> None:
    _check_year(day.year)
    if kind not in CalendarDay.Kind.values:
        raise DomainError(
            place or _("类型"), _("“%(kind)s”不是类型。") % {"kind": kind}, _("请填“放假”或“补班”。"), field="kind"
        )
    if kind == CalendarDay.Kind.MAKEUP and day.weekday() < 5:
        raise DomainError(
            place or _("日期"),
            _("%(day)s 是星期一至星期五，不会是补班日。") % {"day": day.isoformat()},
            _("补班日只能是星期六或星期日，请核对日期。"),
            field="day",
        )


@transaction.atomic
def set_day(actor: User, day: date, kind: str, *, remark: str = "", reason: str) -> CalendarDay:
    """Add ``day`` as a day off or a make-up day, or change what it is.

    Raises Denied without the right; DomainError for a make-up day on a weekday, or an empty reason.
    """
    require(can_keep_calendar(actor))
    reason = _reason(reason)
    _check_day(day, kind)
    before = CalendarDay.objects.select_for_update().filter(day=day).values("kind", "remark").first()
    row = CalendarDay(day=day, kind=kind, remark=remark.strip()[:100])
    row.save(force_insert=before is None, force_update=before is not None)
    record(
        actor,
        "common.set_calendar_day",
        row,
        day=day,
        before=before,
        after={"kind": kind, "remark": row.remark},
        reason=reason,
    )
    return row


@transaction.atomic
def remove_day(actor: User, day: date, *, reason: str) -> None:
    """Make ``day`` an ordinary day of the week again. Raises DomainError when it is one."""
    require(can_keep_calendar(actor))
    reason = _reason(reason)
    row = CalendarDay.objects.select_for_update().filter(day=day).first()
    if row is None:
        raise DomainError(
            day.isoformat(), _("这一天没有特别安排。"), _("请刷新页面后核对，可能已被他人移除。"), field="day"
        )
    CalendarDay.objects.filter(day=day).delete()
    record(
        actor, "common.remove_calendar_day", row, day=day, before={"kind": row.kind, "remark": row.remark},
        reason=reason,
    )  # fmt: skip


@transaction.atomic
def publish_year(actor: User, year: int, *, source: str, published: bool = True, reason: str) -> CalendarYear:
    """Say that the arrangement of ``year`` is complete, by which document; or that it is not after all."""
    require(can_keep_calendar(actor))
    reason = _reason(reason)
    _check_year(year)
    source = source.strip()[:200]
    if published and not source:
        raise DomainError(_("依据文件"), _("没有填写依据文件。"), _("请填写放假安排通知的名称和文号。"), field="source")
    if published and not CalendarDay.objects.filter(day__year=year).exists():
        raise DomainError(
            _("%(year)s年") % {"year": year},
            _("还没有录入任何放假或补班日。"),
            _("请先录入或导入该年安排，再标记为已公布。"),
            field="source",
        )
    before = CalendarYear.objects.select_for_update().filter(year=year).values("source", "published").first()
    row = CalendarYear(year=year, source=source, published=published)
    row.save(force_insert=before is None, force_update=before is not None)
    record(
        actor, "common.publish_year", row, before=before, after={"source": source, "published": published},
        reason=reason,
    )  # fmt: skip
    return row


# ------------------------------------------------------------------ a year from a table
@dataclass(frozen=True)
class DayRow:
    """One line of an imported arrangement."""

    day: date
    kind: str
    remark: str


def read_arrangement(data: bytes) -> list[DayRow]:
    """The lines of a CSV: 日期, 类型 (放假/补班), 说明; UTF-8 or GB 18030, heading line optional.

    Raises DomainError naming the line, with everything that is wrong in it; nothing is taken from a bad file.
    """
    if len(data) > MAX_CSV_BYTES:
        raise DomainError(
            _("文件"), _("文件过大，不像一年的放假安排。"), _("请只保留日期、类型、说明三列。"), field="file"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError:
            raise DomainError(
                _("文件"), _("不是文本文件。"), _("请另存为 CSV（UTF-8 或 GB 18030 编码）。"), field="file"
            ) from None
    kinds = {"放假": "holiday", "holiday": "holiday", "补班": "makeup", "上班": "makeup", "makeup": "makeup"}
    rows: dict[date, DayRow] = {}
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error:
        raise DomainError(_("文件"), _("不是正确的 CSV：引号不成对。"), _("请检查双引号。"), field="file") from None
    for number, line in enumerate(lines, 1):
        cells = [cell.strip() for cell in line]
        if not any(cells) or (number == 1 and cells[0] in {"日期", "day", "date"}):
            continue
        place = _("第%(number)s行") % {"number": number}
        day = _day(cells[0])
        if day is None:
            raise DomainError(
                place,
                _("“%(text)s”不是日期。") % {"text": cells[0][:20]},
                _("请写成 2027-01-01。"),
                field="file",
            )
        written = cells[1] if len(cells) > 1 else ""
        kind = kinds.get(written.lower(), written)
        try:
            _check_day(day, kind, place)
        except DomainError as error:
            raise DomainError(place, error.reason, error.remedy, field="file") from None
        if day in rows:
            raise DomainError(
                place, _("%(day)s 已在前面出现过。") % {"day": day.isoformat()}, _("请删去重复的行。"), field="file"
            )
        rows[day] = DayRow(day, kind, cells[2][:100] if len(cells) > 2 else "")
    if not rows:
        raise DomainError(_("文件"), _("没有任何日期。"), _("请填写后再导入。"), field="file")
    return list(rows.values())


def _day(text: str) -> date | None:
    digits = text.replace("/", "-").replace(".", "-").replace("年", "-").replace("月", "-").removesuffix("日")
    try:
        year, month, day = (int(part) for part in digits.split("-"))
        return date(year, month, day)
    except ValueError:
        return None


@transaction.atomic
def import_year(actor: User, year: int, rows: Iterable[DayRow], *, source: str, reason: str) -> CalendarYear:
    """Replace the whole arrangement of ``year`` by ``rows`` and mark it as published by ``source``.

    Raises DomainError when a row belongs to another year; then nothing is changed.
    """
    require(can_keep_calendar(actor))
    reason = _reason(reason)
    _check_year(year)
    rows = list(rows)
    source = source.strip()[:200]
    if not source:
        raise DomainError(_("依据文件"), _("没有填写依据文件。"), _("请填写放假安排通知的名称和文号。"), field="source")
    for row in rows:
        if row.day.year != year:
            raise DomainError(
                row.day.isoformat(),
                _("不是%(year)s年的日期。") % {"year": year},
                _("请按年分别导入。"),
                field="file",
            )
    if not rows:
        raise DomainError(_("文件"), _("没有任何日期。"), _("请填写后再导入。"), field="file")
    old = CalendarDay.objects.select_for_update().filter(day__year=year)
    before = [{"day": d.day, "kind": d.kind, "remark": d.remark} for d in old]
    old.delete()
    CalendarDay.objects.bulk_create([CalendarDay(day=r.day, kind=r.kind, remark=r.remark) for r in rows])
    calendar_year, _made = CalendarYear.objects.update_or_create(
        year=year, defaults={"source": source, "published": True}
    )
    _calendar.touch()
    record(
        actor,
        "common.import_year",
        calendar_year,
        source=source,
        reason=reason,
        before=before,
        after=[{"day": r.day, "kind": r.kind, "remark": r.remark} for r in rows],
    )
    return calendar_year
