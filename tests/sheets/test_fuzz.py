"""Whatever bytes come in, a SheetError or a correct result comes out, in bounded time and memory."""

from __future__ import annotations

import io
import random
import resource
import zipfile

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from messy_ledgers import district_overview, old_xls, table, word

from qingdan.sheets import Limits, RowKind, SheetError, find_ledgers, news_candidates, read_grid, read_news

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
LIMITS = Limits(max_bytes=4 * 1024 * 1024, max_inflated=16 * 1024 * 1024, seconds=20)


def drive(data: bytes, name: str = "台账.xlsx") -> int:
    """Read all the way; any exception but SheetError fails the test. The number of rows that came out."""
    try:
        ledgers = find_ledgers(read_grid(data, name, LIMITS))
    except SheetError as error:
        assert error.place and error.reason and error.remedy
        return 0
    total = 0
    for ledger in ledgers:
        rows = ledger.rows()
        assert [row.number for row in rows] == sorted({row.number for row in rows})
        assert all(row.reason for row in rows if row.kind is not RowKind.DATA)
        total += len(rows)
    return total


@QUICK
@given(st.binary(max_size=400))
def test_random_bytes(data: bytes) -> None:
    drive(data)


@QUICK
@given(st.sampled_from([b"PK\x03\x04", b"\xff\xfe", b"\xef\xbb\xbf"]), st.binary(max_size=300))
def test_random_bytes_behind_a_known_beginning(start: bytes, rest: bytes) -> None:
    drive(start + rest)


@QUICK
@given(st.lists(st.lists(st.text(max_size=12), max_size=6), max_size=12), st.sampled_from(["utf-8", "gb18030"]))
def test_random_text_tables(rows: list[list[str]], encoding: str) -> None:
    text = "工作内容,牵头单位,完成时限\n" + "\n".join(",".join(row) for row in rows)
    drive(text.encode(encoding, "ignore"), "x.csv")


@pytest.mark.parametrize("seed", range(25))
def test_flipped_bytes_of_a_workbook(seed: int) -> None:
    """Bytes of the packed file change: the check sums of ZIP catch nearly all of it."""
    dice = random.Random(seed)
    data = bytearray(district_overview())
    for _ in range(dice.randint(1, 8)):
        data[dice.randrange(len(data))] = dice.randrange(256)
    drive(bytes(data))


@pytest.mark.parametrize("seed", range(40))
def test_flipped_bytes_inside_the_parts(seed: int) -> None:
    """The XML itself changes and the packing is right, so that the parsers see the damage."""
    dice = random.Random(seed)
    source = district_overview() if seed % 3 else word([(["一、计划"], [["工作内容", "牵头单位"], ["事", "甲局"]], [])])
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(source)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        parts = [name for name in old.namelist() if name.startswith(("xl/w", "xl/s", "word/document"))]
        chosen = dice.choice(parts)
        for name in old.namelist():
            content = bytearray(old.read(name))
            if name == chosen:
                for _ in range(dice.randint(1, 6)):
                    at = dice.randrange(len(content))
                    if dice.random() < 0.5:
                        content[at] = dice.choice(b"0123456789AXZ<>/\"' =c\xff\0")
                    else:
                        del content[at : at + dice.randint(1, 40)]
            new.writestr(name, bytes(content))
    drive(buffer.getvalue())


@pytest.mark.parametrize("seed", range(15))
def test_cut_files(seed: int) -> None:
    dice = random.Random(seed)
    data = [district_overview(), word([([], [["工作内容", "牵头单位"], ["事", "甲局"]], [])])][seed % 2]
    drive(data[: dice.randrange(1, len(data))])


@pytest.mark.parametrize("seed", range(15))
def test_damaged_old_workbooks(seed: int) -> None:
    dice = random.Random(seed)
    data = bytearray(old_xls([["工作内容", "牵头单位"], ["事", "甲局"], ["事二", "乙局"]], [(1, 1, 2, 1)]))
    for _ in range(dice.randint(1, 30)):
        data[dice.randrange(8, len(data))] = dice.randrange(256)
    drive(bytes(data[: len(data) - dice.choice([0, 0, 700])]), "老表.xls")


@pytest.mark.parametrize("seed", range(30))
def test_random_merges_types_and_formulas(seed: int) -> None:
    dice = random.Random(seed)
    book = openpyxl.Workbook()
    sheet = book.active
    values = [
        None,
        "",
        " ",
        "事",
        "小计",
        "注：x",
        "一、计划",
        1,
        -2.5,
        1e300,
        True,
        "=1/0",
        "=A1",
        "#REF!",
        "工作内容",
        "\n",
    ]
    header = ["序号", "工作内容", "牵头单位", "完成时限", "进展情况"]
    dice.shuffle(header)
    top = dice.randint(1, 4)
    for column, name in enumerate(header, start=1):
        sheet.cell(top, column, name)
    height, width = dice.randint(1, 30), dice.randint(1, 9)
    for row in range(top + 1, top + height + 1):
        for column in range(1, width + 1):
            value = dice.choice(values)
            if value is not None:
                sheet.cell(row, column, value)
    for _ in range(dice.randint(0, 12)):  # they may overlap one another and the header
        row, column = dice.randint(1, top + height), dice.randint(1, width)
        sheet.merge_cells(
            start_row=row,
            start_column=column,
            end_row=row + dice.randint(0, 5),
            end_column=column + dice.randint(0, 3),
        )
    buffer = io.BytesIO()
    book.save(buffer)
    drive(buffer.getvalue())


@pytest.mark.slow
def test_a_hundred_thousand_rows_of_a_workbook_stay_within_memory() -> None:
    data = table([["工作内容", "牵头单位", "完成时限"], *[[f"事{n}", "甲局", "7月"] for n in range(100_000)]])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(SheetError, match=r"第100001行：超过 100000 行"):
        read_grid(data, "大.xlsx")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150 * 1024  # KiB: refused before parsing
    (ledger,) = find_ledgers(read_grid(data, "大.xlsx", Limits(max_rows=100_001)))
    assert sum(row.kind is RowKind.DATA for row in ledger.rows()) == 100_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 700 * 1024


@QUICK
@given(st.text(alphabet="区局负责的由“”。，新闻推荐…图\n工作建设A. 0", max_size=300))
def test_random_news(text: str) -> None:
    paragraphs = read_news(text)
    lines = [line.strip(" \t\u3000\xa0\ufeff") for line in text.split("\n")]
    assert [paragraph.text for paragraph in paragraphs] == [line for line in lines if line]
    news_candidates(paragraphs)
