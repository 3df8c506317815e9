"""Messy ledgers of every shape offices send: what is found, how columns are guessed, what each row is."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import openpyxl
import pytest
import xlwt
from messy_ledgers import SEVEN, district_overview, old_xls, table, word, xlsx

from qingdan.sheets import Field, Ledger, LedgerRow, RowKind, SheetError, find_ledgers, read_grid, require_ledgers


def only(data: bytes, name: str = "台账.xlsx") -> Ledger:
    ledgers = find_ledgers(read_grid(data, name))
    assert len(ledgers) == 1
    return ledgers[0]


def data_rows(ledger: Ledger) -> list[LedgerRow]:
    return [row for row in ledger.rows() if row.kind is RowKind.DATA]


def texts(rows: list[LedgerRow], field: Field) -> list[str]:
    return [row.values[field].text for row in rows]


@pytest.mark.covers("P-21", "P-22", "P-23")
def test_district_overview_is_read_row_by_row() -> None:
    ledger = only(district_overview())
    assert ledger.title == "“中优”“西控”战略7月行动计划进展情况一览表"
    assert (ledger.period.year, ledger.period.month, ledger.period.day) == (2017, 7, 14)
    assert ledger.header_place == "第3行"
    kinds = [row.kind for row in ledger.rows()]
    assert kinds == [
        *[RowKind.TITLE] * 2,
        RowKind.HEADER,
        RowKind.HEADING,
        *[RowKind.DATA] * 4,
        RowKind.SUBTOTAL,
        RowKind.HEADER,
        RowKind.HEADING,
        RowKind.DATA,
        RowKind.SUBTOTAL,
        *[RowKind.NOTE] * 3,
    ]
    assert all(row.reason for row in ledger.rows() if row.kind is not RowKind.DATA)
    rows = data_rows(ledger)
    assert [row.item for row in rows] == ["人才公寓", "人才公寓", "人才公寓", "创客活动", "厂房腾退"]
    assert [row.plan for row in rows] == ["一、“创客郫都”建设行动计划"] * 4 + ["二、产业转化空间提升行动计划"]
    due = [row.values[Field.DEADLINE] for row in rows]
    assert [cell.text for cell in due] == ["2017年7月31日", "7月底前", "７月３１日", "2017年7月31日", "长期坚持"]
    assert due[0].value == due[3].value == date(2017, 7, 31)
    assert rows[2].values[Field.REASON].text == "流标；建议改为竞争性谈判"
    assert rows[2].values[Field.PROBLEM].place == "I7"
    assert rows[4].notes == ["A12：序号由 2 跳到 5"]


@pytest.mark.covers("P-22")
def test_a_cell_under_a_merge_is_told_from_an_empty_one() -> None:
    rows = data_rows(only(district_overview()))
    assert rows[1].values[Field.ITEM].merged_from == "B5"
    assert rows[1].values[Field.ITEM].place == "B6"
    empty = rows[1].values[Field.PROBLEM]
    assert (empty.text, empty.value, empty.merged_from) == ("", None, None)


@pytest.mark.covers("P-23", "P-07")
def test_the_seven_columns_are_known_by_their_exact_names() -> None:
    ledger = only(table([SEVEN, ["做一件事", "区规建局", "7月底", "推进", "能", "", "无"]]))
    assert [column.field for column in ledger.columns] == [
        Field.TASK,
        Field.LEAD,
        Field.DEADLINE,
        Field.PROGRESS,
        Field.FORECAST,
        Field.REASON,
        Field.PROBLEM,
    ]
    assert all(column.confidence == 1.0 for column in ledger.columns)


@pytest.mark.parametrize(
    ("header", "fields"),
    [
        (
            ["序号", "目标任务", "责任 单位：", "时限\n要求"],
            [Field.SERIAL, Field.TASK, Field.RESPONSIBLE, Field.DEADLINE],
        ),
        (["重点工作", "具体工作", "主责单位", "配合单位"], [Field.ITEM, Field.TASK, Field.LEAD, Field.SUPPORT]),
        (["类别", "工作事项", "责任部门", "完成时间"], [Field.PLAN, Field.TASK, Field.RESPONSIBLE, Field.DEADLINE]),
        (
            ["任务来源", "任务内容", "牵头领导", "牵头单位", "协办单位", "具体进展", "存在的困难或问题"],
            [Field.SOURCE, Field.TASK, Field.LEADER, Field.LEAD, Field.SUPPORT, Field.PROGRESS, Field.REASON],
        ),
        (
            ["工作内容（具体到数字）", "牵头单位（盖章）", "完成时限", "7月目前进展情况", "是否能按期完成"],
            [Field.TASK, Field.LEAD, Field.DEADLINE, Field.PROGRESS, Field.FORECAST],
        ),
    ],
)
def test_other_names_of_the_columns(header: list[str], fields: list[Field]) -> None:
    ledger = only(table([header, [f"{name}的值" for name in header]]))
    assert [column.field for column in ledger.columns] == fields


def test_two_line_header_with_merges() -> None:
    rows: list[list[object]] = [
        ["序号", "工作内容", "责任单位", None, "进展情况", None, "完成时限"],
        [None, None, "牵头", "配合", "本周进展", "下周计划", None],
        [1, "做事", "甲局", "乙局", "已开工", "封顶", "年底"],
    ]
    ledger = only(table(rows, [(0, 0, 1, 0), (0, 1, 1, 1), (0, 6, 1, 6), (0, 2, 0, 3), (0, 4, 0, 5)]))
    assert [column.header for column in ledger.columns][2:4] == ["责任单位/牵头", "责任单位/配合"]
    assert [column.field for column in ledger.columns] == [
        Field.SERIAL,
        Field.TASK,
        Field.LEAD,
        Field.SUPPORT,
        Field.PROGRESS,
        Field.NEXT_STEP,
        Field.DEADLINE,
    ]
    assert [row.kind for row in ledger.rows()] == [RowKind.HEADER, RowKind.HEADER, RowKind.DATA]


def test_two_line_header_in_a_csv_without_merges() -> None:
    text = "序号,工作内容,责任单位,,完成时限\n,,牵头单位,配合单位,\n1,做事,甲局,乙局,年底\n"
    ledger = only(text.encode("gb18030"), "台账.csv")
    assert [column.field for column in ledger.columns] == [
        Field.SERIAL,
        Field.TASK,
        Field.LEAD,
        Field.SUPPORT,
        Field.DEADLINE,
    ]
    (row,) = data_rows(ledger)
    assert row.number == 3
    assert row.values[Field.SUPPORT].text == "乙局"


def test_csv_where_merges_were_lost_carries_the_item_down_and_says_so() -> None:
    text = "大项,工作内容,牵头单位\r\n道路,铺油,甲局\r\n,划线,甲局、乙局，丙局\r\n"
    rows = data_rows(only(text.encode("utf-8-sig"), "台账.csv"))
    assert [row.item for row in rows] == ["道路", "道路"]
    assert rows[1].values[Field.ITEM].text == ""
    assert rows[1].notes == ["A3：空格，沿用上方的大项“道路”"]
    assert rows[1].values[Field.LEAD].text == "甲局、乙局，丙局"


@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_csv_delimiters_and_quoted_line_breaks(mark: str) -> None:
    text = f'工作内容{mark}牵头单位\n"第一行\n第二行"{mark}甲局\n'
    (row,) = data_rows(only(text.encode(), "a.txt"))
    assert row.values[Field.TASK].text == "第一行\n第二行"


def test_old_workbook() -> None:
    rows: list[list[object]] = [
        ["7月任务清单", None, None, None],
        ["项目", "工作内容", "牵头单位", "完成时限"],
        ["河道", "清淤", "水务局", date(2017, 7, 20)],
        [None, "补岸", "水务局", "7月底"],
    ]
    ledger = only(old_xls(rows, [(0, 0, 0, 3), (2, 0, 3, 0)]), "老表.xls")
    assert ledger.title == "7月任务清单"
    found = data_rows(ledger)
    assert [row.item for row in found] == ["河道", "河道"]
    assert found[1].values[Field.ITEM].merged_from == "A3"
    assert found[0].values[Field.DEADLINE].value == date(2017, 7, 20)


def test_word_tables_with_merges_titles_and_a_table_that_goes_on() -> None:
    header = ["序号", "大项", "工作内容", "牵头单位"]
    first = [header, ["1", "道路", "铺油", "甲局"], ["", "", "划线", "甲局"], ["合计", "", "2项", ""]]
    second = [["2", "公园", "种树", "乙局"]]
    data = word(
        [
            (["关于印发清单的通知", "2017年8月重点任务清单", "一、环境行动计划"], first, [(1, 0, 2, 0), (1, 1, 2, 1)]),
            (["二、公园行动计划"], second, []),
        ]
    )
    ledgers = find_ledgers(read_grid(data, "清单.docx"))
    assert [ledger.sheet for ledger in ledgers] == ["表1", "表2"]
    assert ledgers[0].title == "2017年8月重点任务清单"
    assert ledgers[1].notes == ["表2没有表头，沿用表1的表头"]
    rows = data_rows(ledgers[0]) + data_rows(ledgers[1])
    assert [(row.plan, row.item, row.values[Field.TASK].text) for row in rows] == [
        ("一、环境行动计划", "道路", "铺油"),
        ("一、环境行动计划", "道路", "划线"),
        ("二、公园行动计划", "公园", "种树"),
    ]
    assert rows[1].values[Field.ITEM].merged_from == "表1第2行第2列"
    assert rows[2].values[Field.LEAD].place == "表2第1行第4列"


def test_several_sheets_and_hidden_ones() -> None:
    def fill(sheet: Any, book: Any) -> None:
        for number, target in enumerate([sheet, book.add_worksheet("创客"), book.add_worksheet("旧稿")]):
            target.write_row(0, 0, ["工作内容", "牵头单位"])
            target.write_row(1, 0, [f"事{number}", "甲局"])
        book.get_worksheet_by_name("旧稿").hide()

    book = read_grid(xlsx(fill), "多表.xlsx")
    ledgers = find_ledgers(book)
    assert [ledger.sheet for ledger in ledgers] == ["7月", "创客"]
    assert book.notes == ["工作表“旧稿”是隐藏的，没有读取。"]


def test_two_ledgers_below_one_another_keep_their_own_headers_and_titles() -> None:
    rows: list[list[object]] = [
        ["甲片区清单"],
        ["工作内容", "牵头单位", "完成时限"],
        ["事一", "甲局", "7月"],
        ["合计：1项"],
        [],
        ["乙片区清单"],
        ["序号", "任务内容", "责任单位"],
        [1, "事二", "乙局"],
    ]
    ledgers = find_ledgers(read_grid(table(rows), "两表.xlsx"))
    assert [ledger.title for ledger in ledgers] == ["甲片区清单", "乙片区清单"]
    assert [texts(data_rows(ledger), Field.TASK) for ledger in ledgers] == [["事一"], ["事二"]]
    numbers = [row.number for ledger in ledgers for row in ledger.rows()]
    assert numbers == list(range(1, 9))


def test_headings_of_two_levels_give_plan_and_item() -> None:
    rows: list[list[object]] = [
        ["序号", "工作内容", "牵头单位"],
        ["一", "产业升级行动"],
        ["（一）", "招商"],
        [1, "签约", "投促局"],
        ["（二）", "建设"],
        [2, "开工", "经科局"],
        ["二", "环境行动"],
        [3, "治水", "水务局"],
    ]
    found = data_rows(only(table(rows)))
    assert [(row.plan, row.item) for row in found] == [
        ("一、产业升级行动", "（一）招商"),
        ("一、产业升级行动", "（二）建设"),
        ("二、环境行动", None),
    ]


def test_a_task_without_unit_or_deadline_is_still_a_row_to_be_refused_not_dropped() -> None:
    rows: list[list[object]] = [
        ["序号", "工作内容", "牵头单位"],
        [1, "事一", "甲局"],
        [2, "事二"],
        [None, None, "乙局"],
    ]
    found = data_rows(only(table(rows)))
    assert texts(found, Field.TASK) == ["事一", "事二", ""]
    assert found[2].values[Field.LEAD].place == "C4"


def test_a_mapping_corrects_the_guess_and_is_remembered_by_fingerprint() -> None:
    header: list[object] = ["编排", "做什么", "工作内容", "牵头单位", "7月进展情况"]
    rows = [header, ["a", "真正的任务", "备选", "甲局", "好"]]
    ledger = only(table(rows))
    (row,) = [r for r in ledger.rows({1: Field.TASK, 4: None}) if r.kind is RowKind.DATA]
    assert row.values[Field.TASK].text == "真正的任务"
    assert Field.PROGRESS not in row.values
    header[4] = "8月进展情况"
    assert only(table(rows)).fingerprint == ledger.fingerprint
    header[1] = "谁来做"
    assert only(table(rows)).fingerprint != ledger.fingerprint
    with pytest.raises(SheetError, match=r"B1、C1：几列都对应“工作内容”") as error:
        ledger.rows({1: Field.TASK, 2: Field.TASK})
    assert error.value.code == "mapping"


def test_number_formats_change_what_is_read() -> None:
    def fill(sheet: Any, book: Any) -> None:
        sheet.write_row(0, 0, ["工作内容", "牵头单位", "完成时限", "完成比例", "来源"])
        month = book.add_format({"num_format": 'yyyy"年"m"月"'})
        sheet.write_row(1, 0, ["事", "甲局"])
        sheet.write_datetime(1, 2, date(2017, 12, 1), month)
        sheet.write_number(1, 3, 0.612, book.add_format({"num_format": "0%"}))
        sheet.write_number(1, 4, 2017.0)

    (row,) = data_rows(only(xlsx(fill)))
    assert row.values[Field.DEADLINE].text == "2017年12月"
    assert row.values[Field.DEADLINE].value == "2017年12月"  # the month is meant, not its first day
    assert row.values[Field.PERCENT].text == "61.2%"
    assert row.values[Field.SOURCE].text == "2017"


def test_error_values_and_unsaved_formulas_are_reported_at_their_cell() -> None:
    def fill(sheet: Any, book: Any) -> None:
        sheet.write_row(0, 0, ["工作内容", "牵头单位", "进展情况"])
        sheet.write_row(1, 0, ["事", "甲局"])
        sheet.write_formula(1, 2, "=Sheet9!A1", None, "#REF!")
        sheet.write_formula(2, 0, '="第二"&"事"', None, "第二事")

    ledger = only(xlsx(fill))
    assert ledger.notes == ["C2：单元格是错误值 #REF!，按空格处理"]
    rows = data_rows(ledger)
    assert rows[0].notes == ledger.notes
    assert rows[1].values[Field.TASK].text == "第二事"


def test_a_formula_that_was_never_calculated_is_reported() -> None:
    book = openpyxl.Workbook()
    for row in [["工作内容", "牵头单位", "完成时限"], ["事", "甲局", "=B1"]]:
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    ledger = only(buffer.getvalue())
    assert ledger.notes == ["C2：公式没有保存计算结果，按空格处理；请在 Excel 中打开并保存一次"]


def test_error_values_of_an_old_workbook_are_noted() -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("台账")
    for column, name in enumerate(["工作内容", "牵头单位", "完成时限"]):
        sheet.write(0, column, name)
    sheet.write(1, 0, "事")
    sheet.row(1).set_cell_error(1, "#REF!")
    sheet.write(1, 2, xlwt.Formula("1/0"))
    buffer = io.BytesIO()
    book.save(buffer)
    data = buffer.getvalue()
    # The library that makes the file stores no result; put #DIV/0! where Excel would.
    at = data.find(b"\x06\x00", data.find(b"\x05\x02\x08\x00"))
    while data[at + 4 : at + 8] != b"\x01\x00\x02\x00":
        at = data.find(b"\x06\x00", at + 1)
    data = data[: at + 10] + b"\x02\x00\x07\x00\x00\x00\xff\xff" + data[at + 18 :]
    assert read_grid(data, "老表.xls").notes == ["有单元格是错误值（如 #REF!），按空格处理：B2、C2。"]
    assert read_grid(old_xls([["工作内容"], ["事"], [1.5]]), "老表.xls").notes == []


def test_a_task_that_begins_like_a_note_is_still_a_task() -> None:
    rows: list[list[object]] = [
        ["工作内容", "牵头单位"],
        ["说明：修订审批流程说明", "审批局"],
        ["说明：本表按月更新。"],
    ]
    assert [row.kind for row in only(table(rows)).rows()] == [RowKind.HEADER, RowKind.DATA, RowKind.NOTE]


def test_a_book_without_a_header_says_what_is_missing() -> None:
    book = read_grid(table([["某某", "数字"], ["甲", 1]]), "别的.xlsx")
    assert find_ledgers(book) == []
    with pytest.raises(SheetError, match="没有找到台账的表头"):
        require_ledgers(book)


def test_blank_rows_lone_numbers_and_covered_rows_are_named() -> None:
    rows: list[list[object]] = [
        ["序号", "工作内容", "牵头单位"],
        [1, "事", "甲局"],
        [None, None, None],
        [2, None, None],
        [None, " \u3000", None],
        [3, "事三", "甲局"],
    ]
    ledger = only(table(rows, [(1, 0, 2, 0), (1, 1, 2, 1), (1, 2, 2, 2)]))
    reasons = [(row.kind, row.reason) for row in ledger.rows()][2:5]
    assert reasons == [
        (RowKind.BLANK, "整行被合并单元格覆盖，没有自己的内容"),
        (RowKind.BLANK, "只有序号，没有内容"),
        (RowKind.BLANK, "空行"),
    ]
    assert ledger.rows()[-1].notes == ["A6：序号由 1 跳到 3"]
