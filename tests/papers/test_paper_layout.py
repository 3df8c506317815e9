"""GB/T 9704-2012 measured in the printed PDF."""

import dataclasses
from itertools import pairwise

import pytest
from paper_samples import CREATED, mm, opened, overview, rows_of, text_of

from qingdan.papers import (
    Attachment,
    Chapter,
    Cover,
    Heading,
    Imprint,
    Letterhead,
    Orientation,
    PageBreak,
    PageNumbers,
    Paper,
    PaperError,
    Paragraph,
    Signature,
    Toc,
    notice_paper,
    to_pdf,
)


@pytest.fixture(scope="module")
def full_pages() -> bytes:
    """Three pages of nothing but one character."""
    body = Paragraph("永" * 28 * 60, indent=False)
    return to_pdf(Paper("满页", (body,), created=CREATED, show_title=False))


def test_a_page_holds_22_lines_of_28_characters(full_pages: bytes) -> None:
    with opened(full_pages) as pdf:
        for page in pdf.pages[:2]:
            lines = rows_of([c for c in page.chars if c["text"] == "永"])
            assert [len(line) for line in lines] == [28] * 22


def test_text_fills_the_type_area_of_156_by_225_mm_and_nothing_leaves_it(full_pages: bytes) -> None:
    with opened(full_pages) as pdf:
        for page, left in ((pdf.pages[0], 28), (pdf.pages[1], 26)):
            assert (mm(page.width), mm(page.height)) == pytest.approx((210, 297), abs=0.1)
            chars = [c for c in page.chars if c["text"] == "永"]
            assert mm(min(c["x0"] for c in chars)) == pytest.approx(left, abs=0.2)
            assert mm(max(c["x1"] for c in chars)) == pytest.approx(left + 156, abs=0.3)
            # The first line's box begins at the type area's top: half of what 28.95 pt has over 16 pt.
            assert mm(min(c["top"] for c in chars)) == pytest.approx(37 + mm((28.95 - 16) / 2), abs=0.3)
            assert mm(max(c["bottom"] for c in chars)) <= 37 + 225


def test_lines_stand_28_95_points_apart(full_pages: bytes) -> None:
    with opened(full_pages) as pdf:
        lines = rows_of([c for c in pdf.pages[0].chars if c["text"] == "永"])
        baselines = [line[0]["matrix"][5] for line in lines]
        gaps = [above - below for above, below in pairwise(baselines)]
        assert gaps == pytest.approx([28.95] * 21, abs=0.01)


def test_page_numbers_stand_7_mm_below_one_character_in_odd_right_even_left(full_pages: bytes) -> None:
    with opened(full_pages) as pdf:
        for number, page in enumerate(pdf.pages, 1):
            chars = [c for c in page.chars if c["text"] != "永"]
            assert "".join(c["text"] for c in chars) == f"— {number} —"
            assert {round(c["size"], 1) for c in chars} == {14.0}
            if number % 2:
                assert mm(chars[-1]["x1"]) == pytest.approx(210 - 26 - mm(16), abs=0.3)
            else:
                assert mm(chars[0]["x0"]) == pytest.approx(26 + mm(16), abs=0.3)
            # The dash is drawn 0.38 em above the baseline.
            dash = page.height - chars[0]["matrix"][5] - 0.38 * 14
            assert mm(dash) == pytest.approx(37 + 225 + 7, abs=0.3)


def test_headings_have_their_typefaces_and_two_characters_of_indent() -> None:
    blocks = (
        Heading("一、甲", 1),
        Heading("（一）乙", 2),
        Heading("1. 丙", 3),
        Heading("（1）丁", 4),
        Paragraph("戊" * 30),
    )
    with opened(to_pdf(Paper("标题", blocks, created=CREATED))) as pdf:
        chars = {c["text"]: c for c in reversed(pdf.pages[0].chars)}
        fonts = {text: chars[text]["fontname"].split("+")[1] for text in "甲乙丙丁戊"}
        assert fonts["甲"] != fonts["戊"], "level 1 is 黑体"
        assert fonts["丙"] == fonts["丁"] == fonts["戊"], "levels 3 and 4 are 仿宋 like the text"
        assert mm(chars["一"]["x0"]) == pytest.approx(28 + 2 * mm(15.75), abs=0.5)
        first = min(c["x0"] for c in pdf.pages[0].chars if c["text"] == "戊")
        second = rows_of([c for c in pdf.pages[0].chars if c["text"] == "戊"])[0][0]["x0"]
        assert mm(second) == pytest.approx(28 + 2 * mm(15.75), abs=0.3)
        assert mm(first) == pytest.approx(28, abs=0.3)


def test_a_heading_level_outside_four_is_refused() -> None:
    with pytest.raises(PaperError, match="标题“某”"):
        to_pdf(Paper("题", (Heading("某", 5),), created=CREATED))


@pytest.mark.covers("P-21")
def test_a_plain_landscape_overview_counts_its_pages() -> None:
    with opened(to_pdf(overview(12, 40))) as pdf:
        total = len(pdf.pages)
        assert total > 1
        for number, page in enumerate(pdf.pages, 1):
            assert (mm(page.width), mm(page.height)) == pytest.approx((297, 210), abs=0.1)
            text = "".join(c["text"] for c in page.chars)
            assert f"— {number} —" in text
            assert f"{number}/{total}" in text


def test_a_turned_table_keeps_the_page_number_where_the_bound_sheet_has_it() -> None:
    annex = (Attachment("附件", "一览表"), *overview(12, 40).blocks)
    annex = tuple(
        dataclasses.replace(block, orientation=Orientation.BOUND) if hasattr(block, "spec") else block
        for block in annex
    )
    paper = notice_paper("通报", "各单位", ["正文。"], org="区目督办", date="2017年7月17日", annex=annex)
    with opened(to_pdf(paper)) as pdf:
        assert mm(pdf.pages[0].width) == pytest.approx(210, abs=0.1)
        turned = pdf.pages[1:]
        assert len(turned) > 2
        for number, page in enumerate(turned, 2):
            assert (mm(page.width), mm(page.height)) == pytest.approx((297, 210), abs=0.1)
            number_chars = [c for c in page.chars if round(c["matrix"][1], 2) == -1]
            assert "".join(c["text"] for c in number_chars) == f"— {number} —", "runs downwards, once turned upright"
            # The sheet is turned a quarter to the left: its left edge becomes the foot, its top the left side.
            dash = number_chars[0]["matrix"][4] + 0.38 * 14
            assert mm(dash) == pytest.approx(35 - 7, abs=0.3)
            if number % 2:
                assert mm(max(c["bottom"] for c in number_chars)) == pytest.approx(210 - 26 - mm(16), abs=0.5)
            else:
                assert mm(min(c["top"] for c in number_chars)) == pytest.approx(28 + mm(16), abs=0.5)
            body = [c for c in page.chars if c not in number_chars]
            assert mm(min(c["x0"] for c in body)) >= 35
            assert mm(max(c["x1"] for c in body)) <= 297 - 37 + 0.1
        assert "附件" in turned[0].extract_text(), "the attachment's mark stands on the table's sheet"


def test_the_red_head_and_the_imprint_stand_where_the_standard_says() -> None:
    paper = notice_paper(
        "关于行动计划推进情况的通报",
        "各镇",
        ["正文。"],
        org="区目督办",
        date="2017年7月17日",
        letterhead=Letterhead("某某区目标督查办公室文件", "某目督〔2017〕12号", urgency="急件"),
        imprint=Imprint("某某区目标督查办公室", "2017年7月17日", "区纪委监察局。"),
        created=CREATED,
    )
    with opened(to_pdf(paper)) as pdf:
        assert len(pdf.pages) == 1
        page = pdf.pages[0]
        red = [c for c in page.chars if c["non_stroking_color"] not in (None, (0,), 0, (0, 0, 0))]
        assert "".join(c["text"] for c in red) == "某某区目标督查办公室文件"
        assert mm(min(c["top"] for c in red)) == pytest.approx(37 + 35, abs=2)
        rules = sorted(page.lines, key=lambda line: line["top"])
        assert [mm(rule["x1"] - rule["x0"]) for rule in rules] == pytest.approx([156] * 4, abs=0.2)
        assert mm(rules[-1]["top"]) == pytest.approx(37 + 225, abs=0.3)
        number = next(c for c in page.chars if c["text"] == "〔")
        assert mm(rules[0]["top"] - number["bottom"]) == pytest.approx(4 + mm((28.95 - 16) / 2), abs=0.6)


def test_an_unsealed_signature_stands_two_characters_from_the_right() -> None:
    paper = Paper("题", (Signature("某某区目标督查办公室", "2017年7月17日"),), created=CREATED)
    with opened(to_pdf(paper)) as pdf:
        name, date = rows_of([c for c in pdf.pages[0].chars if c["size"] > 15 and c["size"] < 17])
        assert mm(name[-1]["x1"]) == pytest.approx(28 + 156 - 2 * mm(15.75), abs=0.5)
        assert mm(date[0]["x0"] - name[0]["x0"]) == pytest.approx(2 * mm(15.75), abs=0.3)


def test_contents_name_the_pages_on_which_chapters_stand() -> None:
    blocks = (
        Cover(("某某清单",), "区目督办", "2017年7月"),
        Toc(),
        PageBreak(),
        Chapter("甲章"),
        Paragraph("永" * 28 * 30),
        PageBreak(),
        Chapter("乙章"),
    )
    with opened(to_pdf(Paper("某某清单", blocks, created=CREATED, show_title=False))) as pdf:
        texts = [page.extract_text() for page in pdf.pages]
        assert "—" not in texts[0] and texts[1].strip() == "", "cover and its blank back have no number"
        entries = dict(line.split(maxsplit=1) for line in texts[2].splitlines() if line[:2] in ("甲章", "乙章"))
        for chapter, rest in entries.items():
            printed = int(rest.split()[-1].strip("·"))
            assert chapter in texts[printed + 1], "page 1 is the third sheet"
        assert set(entries) == {"甲章", "乙章"}


def test_page_numbers_can_be_left_out() -> None:
    paper = Paper("题", (Paragraph("文"),), created=CREATED, page_numbers=PageNumbers.NONE)
    assert text_of(to_pdf(paper)) == "题文"
