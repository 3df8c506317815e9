"""The seven-column overview and the booklet as they come out of the printer."""

import itertools
import re
from collections import Counter
from datetime import datetime

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from paper_samples import CREATED, TITLE, mm, opened, overview, plans, text_of

from qingdan.papers import (
    OVERVIEW_HEADERS,
    BookletChange,
    BookletItem,
    BookletPlan,
    BookletTask,
    Cell,
    Col,
    Colour,
    Orientation,
    OverviewItem,
    OverviewPlan,
    OverviewTask,
    PageNumbers,
    Paper,
    PaperError,
    Paragraph,
    Pill,
    Statistics,
    Table,
    TableGroup,
    TableItem,
    TableSpec,
    booklet_paper,
    overview_paper,
    to_pdf,
)


@pytest.fixture(scope="module")
def printed() -> bytes:
    return to_pdf(overview())


@pytest.fixture(scope="module")
def tables(printed: bytes) -> list[list[list[str]]]:
    """The table of every page, as rows of texts without white space."""
    return tables_of(printed)


def tables_of(pdf: bytes) -> list[list[list[str]]]:
    with opened(pdf) as document:
        return [[[bare(cell or "") for cell in row] for row in page.extract_tables()[0]] for page in document.pages]


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.mark.covers("P-20", "P-21")
def test_76_items_with_230_tasks_print_on_about_25_pages(printed: bytes) -> None:
    with opened(printed) as pdf:
        assert 22 <= len(pdf.pages) <= 28


@pytest.mark.covers("P-14", "P-23")
def test_the_seven_columns_have_their_exact_names_in_order_on_every_page(
    tables: list[list[list[str]]],
) -> None:
    assert OVERVIEW_HEADERS == (
        "工作内容",
        "牵头单位",
        "完成时限",
        "进展情况",
        "预估是否能够按时办结",
        "预估不能按时办结的原因及建议",
        "需要区委区政府解决的问题",
    )
    for table in tables:
        head = next(row for row in table if row[0] == "序号")
        assert head == ["序号", "大项", *OVERVIEW_HEADERS]


def test_the_title_and_the_day_stand_on_the_first_page_only(printed: bytes) -> None:
    with opened(printed) as pdf:
        first = pdf.pages[0].extract_text()
        assert TITLE in first and "截至2017年7月14日" in first
        sizes = {round(c["size"]) for c in pdf.pages[0].chars if c["text"] in "中优西控战略"}
        assert 22 in sizes, "2号"
        assert TITLE not in pdf.pages[1].extract_text()


@pytest.mark.covers("P-22")
def test_every_task_is_printed_once_beside_its_item(tables: list[list[list[str]]]) -> None:
    wanted = {task.content[-6:-1]: item.number for plan in plans(76, 230) for item in plan.items for task in item.tasks}
    found: Counter[str] = Counter()
    for page, table in enumerate(tables, 1):
        item = ""
        for row in table:
            item = row[0] if row[0].isdigit() else item
            for code in re.findall(r"T\d{4}", row[2]):
                found[code] += 1
                assert wanted[code] == item, f"{code} on page {page}"
    assert found == Counter(wanted.keys())


@pytest.mark.covers("P-22")
def test_a_long_item_shows_its_number_and_name_again_on_the_next_page() -> None:
    tasks = tuple(OverviewTask(f"任务{n:02d}", "区建设局", "7月底前", "进展" * 40) for n in range(40))
    paper = overview_paper("长", [OverviewPlan("一、计划", (OverviewItem("7", "很长的大项", tasks),))])
    pages = tables_of(to_pdf(paper))
    assert len(pages) > 2
    for number, table in enumerate(pages):
        row = next(row for row in table if row[0] == "7")
        assert row[1] == ("很长的大项" if number == 0 else "很长的大项（续）")


def test_short_items_are_not_torn_apart(tables: list[list[list[str]]]) -> None:
    pages: dict[str, set[int]] = {}
    for page, table in enumerate(tables, 1):
        for row in table:
            if row[0].isdigit():
                pages.setdefault(row[1][:5], set()).add(page)
    sizes = {str(item.name)[:5]: len(item.tasks) for plan in plans(76, 230) for item in plan.items}
    assert set(pages) == set(sizes)
    assert all(len(pages[name]) == 1 for name, size in sizes.items() if size <= 3)


def test_no_row_leaves_the_page_and_rules_close_every_page(printed: bytes) -> None:
    with opened(printed) as pdf:
        for page in pdf.pages:
            bottom = max(line["bottom"] for line in page.lines)
            assert mm(bottom) <= 210 - 18 + 0.1
            # The last rule runs the table's whole width, under the merged cells too.
            last = [line for line in page.lines if abs(line["bottom"] - bottom) < 0.5 and line["width"] > 1]
            assert mm(sum(line["width"] for line in last)) == pytest.approx(267, abs=0.5)


def test_one_task_longer_than_a_page_is_printed_whole() -> None:
    words = "".join(f"第{n}句话。" for n in range(700))
    item = OverviewItem("1", "大项", (OverviewTask("甲", "乙", "丙", words), OverviewTask("丁", "戊", "己")))
    pdf = to_pdf(overview_paper("长文", [OverviewPlan("", (item,))]))
    cells = [row[5] for table in tables_of(pdf) for row in table if row[5] != "进展情况"]
    assert "".join(cells) == words


def test_a_label_longer_than_its_rows_is_printed_whole() -> None:
    name = "名称很长的大项" * 12
    item = OverviewItem("1", name, (OverviewTask("甲", "乙", "丙"),))
    with opened(to_pdf(overview_paper("题", [OverviewPlan("", (item,))]))) as pdf:
        assert bare(pdf.pages[0].extract_tables()[0][1][1] or "") == name


def test_an_old_deadline_is_crossed_out_beside_the_new_one() -> None:
    task = OverviewTask("甲", "乙", Cell("8月15日前", struck="7月31日前"))
    with opened(to_pdf(overview_paper("题", [OverviewPlan("", (OverviewItem("1", "项", (task,)),))]))) as pdf:
        page = pdf.pages[0]
        assert "7月31日前" in bare(page.extract_text())
        old = next(c for c in page.chars if c["text"] == "7" and c["size"] < 11)
        new = next(c for c in page.chars if c["text"] == "8" and c["size"] < 11)

        def crossed(char: dict[str, float]) -> bool:
            return any(
                line["x0"] <= char["x0"] + 1
                and line["x1"] >= char["x1"] - 1
                and char["top"] < line["top"] < char["bottom"]
                for line in page.lines
                if line["width"] < 60
            )

        assert crossed(old) and not crossed(new)


def test_a_pill_says_its_word_in_dark_ink() -> None:
    task = OverviewTask("甲", "乙", "丙", forecast=Cell("不能", pill=Pill("逾期", Colour.YELLOW)))
    with opened(to_pdf(overview_paper("题", [OverviewPlan("", (OverviewItem("1", "项", (task,)),))]))) as pdf:
        page = pdf.pages[0]
        assert "逾期不能" in bare(page.extract_tables()[0][1][6] or "")
        ink = next(c for c in page.chars if c["text"] == "逾")["non_stroking_color"]
        assert sum(ink) / 3 < 0.5, "readable when printed in black and white"


def test_an_item_without_tasks_and_an_overview_without_items_still_print() -> None:
    assert "空项" in text_of(to_pdf(overview_paper("题", [OverviewPlan("一、", (OverviewItem("1", "空项"),))])))
    assert "需要区委区政府解决的问题" in text_of(to_pdf(overview_paper("题", [])))


def test_a_row_with_the_wrong_number_of_cells_is_refused_by_name() -> None:
    spec = TableSpec((Col("甲", 1), Col("乙", 1)), (TableGroup(None, (TableItem({0: "1"}, (("a",), ("b", "c"))),)),))
    with pytest.raises(PaperError) as refused:
        to_pdf(Paper("题", (Table(spec),), created=CREATED))
    assert refused.value.place == "表格第1组第1项第2行"
    assert refused.value.reason == "有2格，应有1格"
    assert refused.value.remedy


@pytest.mark.covers("P-57")
@pytest.mark.parametrize("orientation", list(Orientation))
def test_the_booklet_has_cover_contents_chapters_statistics_and_changes(orientation: Orientation) -> None:
    chapters = [
        BookletPlan(
            f"{n}、行动计划{n}",
            tuple(
                BookletItem(
                    str(k), f"大项{k}", (BookletTask(f"内容{n}{k}", "区发改局", "区建设局、区规划局", "7月底前"),) * 4
                )
                for k in range(1, 7)
            ),
        )
        for n in "一二三"
    ]
    paper = booklet_paper(
        "“中优”“西控”战略\n7月任务清单",
        chapters,
        issuer="区目督办",
        date="2017年7月",
        edition="第7期",
        statistics=Statistics(("行动计划", "任务数"), (("行动计划一", "24"),)),
        changes=[BookletChange("移出", "行动计划一", "内容甲", "完成", "区目督办")],
        created=datetime(2017, 7, 1),
        orientation=orientation,
    )
    with opened(to_pdf(paper)) as pdf:
        texts = [bare(page.extract_text()) for page in pdf.pages]
        assert all(word in texts[0] for word in ("7月任务清单", "第7期", "区目督办", "2017年7月"))
        contents = texts[2]
        assert contents.startswith("目录")
        for title in ("一、行动计划一", "二、行动计划二", "三、行动计划三", "统计表", "任务变动情况表"):
            page = int(re.search(rf"{title}·*(\d+)", contents)[1])  # type: ignore[index]
            assert title in texts[page + 1]
            if "计划" in title:
                assert "工作内容牵头单位责任单位完成时限变动" in texts[page + 1], "the table begins below its title"
        assert texts[-1].count("移出") == 1
        assert "" not in texts[2:], "no empty page after the cover's back"


@pytest.mark.slow
@given(
    st.lists(st.lists(st.integers(1, 900), min_size=1, max_size=6), min_size=1, max_size=8),
    st.integers(0, 21),
)
@settings(max_examples=6, deadline=None, phases=[Phase.explicit, Phase.generate])
def test_whatever_the_lengths_every_cell_is_printed_whole_and_once(lengths: list[list[int]], lines_above: int) -> None:
    """Items of any size, below any number of lines: nothing lost at a page's end, no page without end."""
    serial = itertools.count()
    items = tuple(
        TableItem({0: f"项{n}"}, tuple((f"<{next(serial)}>" + "永" * length + "</>",) for length in item))
        for n, item in enumerate(lengths)
    )
    table = Table(TableSpec((Col("号", 1), Col("文", 5)), (TableGroup("组", items),)))
    above = (Paragraph("\n".join(["上"] * lines_above)),) if lines_above else ()
    printed_text = text_of(to_pdf(Paper("题", (*above, table), created=CREATED, page_numbers=PageNumbers.NONE)))
    cells = re.findall(r"<(\d+)>([^<]*)</>", printed_text.replace("号文", ""))
    assert [int(number) for number, _ in cells] == list(range(sum(map(len, lengths))))
    assert [body.count("永") for _, body in cells] == [length for item in lengths for length in item]
