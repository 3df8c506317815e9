"""What the system hands out comes back in: the overview edited and imported, the filled template of a week."""

from __future__ import annotations

import io
from datetime import date

import openpyxl
import pytest
from import_files import upload

from qingdan.web.tasks import overview
from qingdan.web.tasks.exports.overview import overview_file
from qingdan.web.tasks.exports.templates import template_file
from qingdan.web.tasks.imports import Action, preview_of
from qingdan.web.tasks.imports.preview import forget
from qingdan.web.tasks.models import ReportVersion
from qingdan.web.tasks.services import imports
from qingdan.web.tasks.week import unit_week

DAY = date(2017, 7, 12)


@pytest.fixture(autouse=True)
def no_kept_previews():
    forget()


def edited(data, **cells):
    """The workbook with some cells set, as a person does it."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    for place, value in cells.items():
        book.active[place] = value
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def place_of(data, text):
    book = openpyxl.load_workbook(io.BytesIO(data))
    return next(cell.coordinate for row in book.active.iter_rows() for cell in row if cell.value == text)


def exported(district, kind="xlsx"):
    rows = list(overview.rows(district.officer, district.edition, DAY))
    return overview_file(kind, district.edition, DAY, rows, {}).data


def start(district, data, name, **more):
    return imports.start_import(district.officer, upload(data, name), reference=date(2017, 7, 1), **more)


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_an_exported_overview_comes_back_without_any_change(district, kind):
    batch = start(district, exported(district, kind), f"一览表.{kind}")
    counts = preview_of(batch).counts
    assert counts[Action.SAME] == 3
    assert not preview_of(batch).work_count and not preview_of(batch).open_count


def test_an_edited_overview_updates_by_the_hidden_code(district):
    data = exported(district)
    task = district.tasks[0]
    data = edited(data, **{place_of(data, task.work): "建成人才公寓700套"})
    batch = start(district, data, "一览表.xlsx")
    assert preview_of(batch).counts[Action.CHANGE] == 1
    imports.apply_import(district.officer, batch)
    task.refresh_from_db()
    assert (task.work, task.code) == ("建成人才公寓700套", "P01-001-001")


def test_the_weekly_template_filled_in_by_hand_becomes_the_units_reports(district):
    blank = template_file(unit_week(district.officer, district.period, district.bureau)).data
    work, other = district.tasks[0].work, district.tasks[1].work
    row, second = place_of(blank, work)[1:], place_of(blank, other)[1:]
    filled = edited(
        blank,
        **{f"F{row}": "完成装修500套", f"G{row}": "80%", f"H{row}": "不能",
           f"I{row}": "原因：管线滞后。建议：区级协调。",
           f"J{row}": "请协调用电", f"F{second}": "路基完成", f"H{second}": "能"},
    )  # fmt: skip
    batch = start(
        district, filled, "周报填报表.xlsx", kind="reports", period=district.period, unit=district.bureau
    )  # fmt: skip
    preview = preview_of(batch)
    assert (preview.counts[Action.REPORT], preview.counts[Action.LEFT], preview.open_count) == (2, 1, 0)
    imports.apply_import(district.officer, batch)
    version = ReportVersion.objects.get(task=district.tasks[0])
    assert (version.progress, version.percent, version.forecast) == ("完成装修500套", 80, "no")
    assert (version.reason, version.advice) == ("管线滞后", "区级协调。")
    assert version.on_behalf
