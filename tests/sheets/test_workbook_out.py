"""What is written prints well, carries no formula and no name, and reads back as it was."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qingdan.sheets import (
    Field,
    Group,
    ItemBlock,
    LedgerSheet,
    OutColumn,
    RowKind,
    SheetError,
    find_ledgers,
    neutralise,
    read_grid,
    write_csv,
    write_ledger,
    write_workbook,
)

COLUMNS = [
    OutColumn("serial", "序号", 6, "center"),
    OutColumn("item", "大项", 16),
    OutColumn("task", "工作内容", 36),
    OutColumn("lead", "牵头单位", 14, "center"),
    OutColumn("due", "完成时限", 14, "center"),
    OutColumn("progress", "进展情况", 36),
    OutColumn("forecast", "预估是否能够按时办结", 12, "choice", ("能", "不能", "不确定")),
    OutColumn("reason", "预估不能按时办结的原因及建议", 24),
    OutColumn("problem", "需要区委区政府解决的问题", 24),
    OutColumn("code", "任务编码", 12, "code"),
]


def task(number: int, **changes: object) -> dict[str, object]:
    return {
        "task": f"事{number}",
        "lead": "区规建局",
        "due": "7月底",
        "progress": "推进",
        "forecast": "能",
        "code": f"T{number}",
        **changes,
    }


def sheet(**changes: object) -> LedgerSheet:
    items = [
        ItemBlock({"serial": 1, "item": "人才公寓"}, [task(1), task(2)]),
        ItemBlock({"serial": 2, "item": "创客"}, [task(3)]),
    ]
    fields: dict[str, object] = {
        "title": "“中优”“西控”战略7月行动计划进展情况一览表",
        "subtitle": "区目督办　截至2017年7月14日",
        "columns": COLUMNS,
        "groups": [Group("一、“创客郫都”建设行动计划", items)],
        "notes": ["注：本表每周五报送。"],
    }
    return LedgerSheet(**{**fields, **changes})  # type: ignore[arg-type]


def opened(data: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


@pytest.mark.covers("P-21", "P-22", "P-23")
def test_print_set_up_merges_and_column_names() -> None:
    page = opened(write_ledger(sheet())).active
    assert page.page_setup.orientation == "landscape"
    assert page.page_setup.paperSize == 9
    assert page.sheet_properties.pageSetUpPr.fitToPage
    assert (page.page_setup.fitToWidth or 1, page.page_setup.fitToHeight) == (1, 0)  # 1 is the default
    assert page.print_title_rows == "$3:$3"
    assert page.oddFooter.center.text == "— &P —"
    assert page.oddFooter.right.text == "第 &P 页，共 &N 页"
    assert page.freeze_panes == "C4"
    assert page.auto_filter.ref == "A3:J7"
    assert {str(merge) for merge in page.merged_cells.ranges} == {"A1:J1", "A2:J2", "A4:J4", "A5:A6", "B5:B6", "A8:J8"}
    assert [page.cell(3, column).value for column in range(3, 10)] == [
        "工作内容",
        "牵头单位",
        "完成时限",
        "进展情况",
        "预估是否能够按时办结",
        "预估不能按时办结的原因及建议",
        "需要区委区政府解决的问题",
    ]
    assert page["A1"].font.size == 22
    (choice,) = page.data_validations.dataValidation
    assert (str(choice.sqref), choice.formula1) == ("G4:G7", '"能,不能,不确定"')
    assert page.column_dimensions["J"].hidden


def test_rows_are_high_enough_for_wrapped_chinese_text() -> None:
    long = "很长的进展情况" * 30  # 210 characters in a column of 36 units: 420 / 35 -> 12 lines
    blocks = [ItemBlock({"item": "名" * 80}, [task(1, progress=long), task(2)])]
    page = opened(write_ledger(sheet(groups=[Group("", blocks)]))).active
    assert page.row_dimensions[4].height >= 12 * 14
    # The item's 80 characters need 11 lines of 15 units; both rows together must hold them.
    assert page.row_dimensions[4].height + page.row_dimensions[5].height >= 11 * 14


def test_the_same_input_gives_the_same_bytes_and_no_person() -> None:
    created = datetime(2017, 7, 14, 9, 30)
    data = write_ledger(sheet(), created)
    assert data == write_ledger(sheet(), created)
    book = opened(data)
    assert book.properties.created == created
    assert not book.properties.creator and not book.properties.lastModifiedBy


@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "=HYPERLINK(1)", "http://a.b/c", "00123"]
)
def test_no_text_becomes_a_formula_a_link_or_a_number(text: str) -> None:
    data = write_ledger(sheet(groups=[Group("", [ItemBlock({}, [task(1, task=text)])])]))
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        xml = file.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in xml and b"<hyperlink" not in xml
    (ledger,) = find_ledgers(read_grid(data, "a.xlsx"))
    (row,) = [row for row in ledger.rows() if row.kind is RowKind.DATA]
    assert row.values[Field.TASK].text == text.strip()


def test_csv_is_neutralised_and_read_back() -> None:
    assert neutralise("=1+1") == "'=1+1"
    assert neutralise("-5") == "-5" and neutralise("+3.2%") == "+3.2%"
    assert neutralise("-5+cmd") == "'-5+cmd"
    assert neutralise("'=1") == "''=1"
    texts = ["=1+1", "'=1", "@x", "-5", "普通，文字", '有"引号"', "两\n行"]
    groups = [Group("一、计划", [ItemBlock({"item": "甲"}, [task(n, task=text) for n, text in enumerate(texts)])])]
    data = write_csv(sheet(groups=groups))
    assert data.startswith(b"\xef\xbb\xbf")
    assert not re.search(rb"(^|,)=", data)
    (ledger,) = find_ledgers(read_grid(data, "a.csv"))
    rows = [row for row in ledger.rows() if row.kind is RowKind.DATA]
    assert [row.values[Field.TASK].text for row in rows] == texts
    assert {(row.plan, row.item) for row in rows} == {("一、计划", "甲")}


def test_values_are_written_by_their_type() -> None:
    columns = [OutColumn("task", "工作内容"), OutColumn("v", "备注")]
    values = [date(2017, 7, 31), 3, 2.5, Decimal("199.50"), True, Decimal("12345678901234567.89"), float("inf"), None]
    tasks = [{"task": f"事{number}", "v": value} for number, value in enumerate(values)]
    page = opened(write_ledger(LedgerSheet("表", columns, [Group("", [ItemBlock({}, tasks)])]))).active
    found = [page.cell(row, 2).value for row in range(3, 3 + len(values))]
    assert found == [datetime(2017, 7, 31), 3, 2.5, 199.5, "是", "12345678901234567.89", "inf", None]


def test_a_text_too_long_for_a_cell_is_refused_at_its_place() -> None:
    with pytest.raises(SheetError, match=r"“表”C3：文字有 32768 字") as error:
        write_ledger(LedgerSheet("表", COLUMNS, [Group("", [ItemBlock({}, [task(1, task="长" * 32_768)])])]))
    assert error.value.code == "too_long"


def test_sheet_names_are_made_valid_and_different() -> None:
    names = ["7月/清单[1]", "7月清单1", "", "'引'", "很长的名字" * 10, "很长的名字" * 10]
    data = write_workbook([sheet(name=name, title=name or "表") for name in names])
    found = opened(data).sheetnames
    assert len(set(found)) == len(names)
    assert found[:4] == ["7月清单1", "7月清单1(2)", "表", "引"]
    assert all(len(name) <= 31 for name in found)


def test_an_empty_list_still_prints_its_header() -> None:
    (ledger,) = find_ledgers(read_grid(write_ledger(sheet(groups=[])), "a.xlsx"))
    assert [row.kind for row in ledger.rows()] == [RowKind.TITLE, RowKind.TITLE, RowKind.HEADER, RowKind.NOTE]


# Words of a ledger: no outer blanks (reading strips them) and none that marks a sub-total or a note.
WORDS = st.text(
    alphabet=st.one_of(
        st.sampled_from("建设工作推进，。、“”=+-@'\"<>&_x0041\n２７"),
        st.characters(codec="utf-8", categories=["L", "N", "P"]),
    ),
    min_size=1,
    max_size=40,
).map(str.strip)
TASKS = st.fixed_dictionaries(
    {key: st.one_of(st.just(""), WORDS) for key in ("due", "progress", "reason", "problem")}
    | {"task": WORDS.map(lambda text: f"事{text}"), "lead": WORDS.map(lambda text: f"局{text}")}
    | {"forecast": st.sampled_from(["能", "不能", "不确定", ""])}
)
ITEMS = st.tuples(WORDS.map(lambda text: f"项{text}"), st.lists(TASKS, min_size=1, max_size=4))
PLANS = st.lists(st.lists(ITEMS, min_size=1, max_size=4), min_size=1, max_size=3)


@pytest.mark.covers("P-22")
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(PLANS)
def test_what_is_written_is_read_back(plans: list[list[tuple[str, list[dict[str, str]]]]]) -> None:
    groups, expected, merges, number, row = [], [], set(), 0, 3
    for plan, items in enumerate(plans):
        heading = f"{'一二三'[plan]}、行动计划{plan}"
        row += 1
        blocks = []
        for serial, (name, tasks) in enumerate(items, start=1):
            coded = []
            for one in tasks:
                number += 1
                coded.append({**one, "code": f"T{number:05d}"})
                expected.append((heading, name.strip(), coded[-1]))
            if len(tasks) > 1:
                merges |= {(row, 0, row + len(tasks) - 1, 0), (row, 1, row + len(tasks) - 1, 1)}
            row += len(tasks)
            blocks.append(ItemBlock({"serial": serial, "item": name}, coded))
        groups.append(Group(heading, blocks))
    book = read_grid(write_ledger(sheet(groups=groups)), "a.xlsx")
    (ledger,) = find_ledgers(book)
    assert all(column.confidence == 1.0 for column in ledger.columns)
    rows = [one for one in ledger.rows() if one.kind is RowKind.DATA]
    assert [(one.plan, one.item) for one in rows] == [(plan, item) for plan, item, _ in expected]
    by_key = {column.key: Field(column.key if column.key != "due" else "deadline") for column in COLUMNS[2:]}
    for one, (_, _, values) in zip(rows, expected, strict=True):
        assert {key: one.values[kind].text for key, kind in by_key.items()} == values
    assert {tuple(merge) for merge in book.sheets[0].merges if merge.bottom > merge.top} == merges
