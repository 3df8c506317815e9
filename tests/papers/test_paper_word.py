"""The Word files: what Word reads in them, and what LibreOffice prints from them."""

import io
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from docx.shared import Mm
from paper_samples import CREATED, TITLE, mm, opened, overview, rows_of

from qingdan.papers import (
    OVERVIEW_HEADERS,
    Attachment,
    BookletItem,
    BookletPlan,
    BookletTask,
    Cell,
    Chapter,
    Colour,
    Cover,
    Heading,
    Orientation,
    OverviewItem,
    OverviewPlan,
    OverviewTask,
    PageBreak,
    Paper,
    PaperError,
    Paragraph,
    Pill,
    Table,
    booklet_paper,
    notice_paper,
    overview_paper,
    to_docx,
)


def read(paper: Paper) -> Document:  # type: ignore[valid-type]
    return Document(io.BytesIO(to_docx(paper)))


def printed(paper: Paper, folder: Path) -> bytes:
    """The Word file as LibreOffice prints it."""
    office = shutil.which("soffice")
    if office is None:
        if os.environ.get("CI") == "true":
            pytest.fail("needs soffice, and CI promises it")
        pytest.skip("needs soffice")
    (folder / "paper.docx").write_bytes(to_docx(paper))
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = [office, profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder)]
    subprocess.run([*command, str(folder / "paper.docx")], check=True, capture_output=True, timeout=120)
    return (folder / "paper.pdf").read_bytes()


@pytest.mark.covers("P-14", "P-21", "P-23")
def test_the_header_row_repeats_and_names_the_seven_columns() -> None:
    table = read(overview(6, 20)).tables[0]
    head = table.rows[0]
    assert [cell.text for cell in head.cells] == ["序号", "大项", *OVERVIEW_HEADERS]
    assert head._tr.trPr.find(qn("w:tblHeader")) is not None
    assert all(row._tr.trPr.find(qn("w:tblHeader")) is None for row in table.rows[1:])
    assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)


@pytest.mark.covers("P-22")
def test_number_and_name_are_merged_over_an_items_tasks() -> None:
    tasks = tuple(OverviewTask(f"任务{n}", "区建设局", "7月底前") for n in range(3))
    paper = overview_paper("题", [OverviewPlan("一、计划", (OverviewItem("1", "大项", tasks),))])
    rows = read(paper).tables[0].rows
    assert [cell.text for cell in rows[1].cells] == ["一、计划"] * 9, "the plan's heading spans the table"
    for column in (0, 1):
        merges = [row._tr.tc_lst[column].tcPr.find(qn("w:vMerge")).get(qn("w:val")) for row in rows[2:]]
        assert merges == ["restart", "continue", "continue"]
    assert [row.cells[2].text for row in rows[2:]] == ["任务0", "任务1", "任务2"]
    keeps = [row.cells[2].paragraphs[0].paragraph_format.keep_with_next for row in rows[2:]]
    assert keeps == [True, True, None], "a short item stays together and does not drag the next one along"


def test_an_item_longer_than_a_page_may_break_between_its_rows() -> None:
    tasks = tuple(OverviewTask("任务", "区建设局", "7月底前", "进展" * 50) for _ in range(30))
    paper = overview_paper("题", [OverviewPlan("", (OverviewItem("1", "大项", tasks),))])
    rows = read(paper).tables[0].rows[1:]
    assert not any(row.cells[2].paragraphs[0].paragraph_format.keep_with_next for row in rows)


def test_old_values_are_struck_and_pills_are_framed() -> None:
    task = OverviewTask(
        "甲", "乙", Cell("8月15日前", struck="7月31日前"), forecast=Cell("不能", pill=Pill("逾期", Colour.RED))
    )
    row = read(overview_paper("题", [OverviewPlan("", (OverviewItem("1", "项", (task,)),))])).tables[0].rows[1]
    old, _, new = row.cells[4].paragraphs[0].runs
    assert (old.text, old.font.strike, new.text, new.font.strike) == ("7月31日前", True, "8月15日前", None)
    pill = row.cells[6].paragraphs[0].runs[0]
    assert pill.text == "逾期"
    assert pill._r.rPr.find(qn("w:bdr")) is not None


def test_the_overview_is_a_landscape_sheet_with_page_fields() -> None:
    document = read(overview(3, 6))
    (section,) = document.sections
    assert section.orientation == WD_ORIENT.LANDSCAPE
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (297, 210)
    instructions = [e.text.strip() for e in section.footer._element.iter(qn("w:instrText"))]
    assert instructions == ["PAGE", "PAGE", "NUMPAGES"]
    assert document.core_properties.title == TITLE


def test_the_official_page_has_fixed_lengths_and_no_grid() -> None:
    document = read(Paper("题", (Paragraph("文"),), created=CREATED))
    (section,) = document.sections
    assert section._sectPr.find(qn("w:docGrid")) is None
    margins = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    assert [round(m.mm) for m in margins] == [37, 35, 28, 26]
    normal = document.styles["Normal"]
    assert normal.paragraph_format.line_spacing.pt == pytest.approx(28.95, abs=0.03)
    assert normal.font.size.pt == 16
    spacing = normal.element.rPr.find(qn("w:spacing"))
    assert spacing.get(qn("w:val")) == "-5", "twentieths of a point"
    fonts = normal.element.rPr.find(qn("w:rFonts"))
    assert fonts.get(qn("w:eastAsia")) == "仿宋_GB2312"
    assert document.settings.odd_and_even_pages_header_footer
    assert document.settings.element.find(qn("w:mirrorMargins")) is not None


def test_typefaces_are_named_as_offices_know_them() -> None:
    document = read(Paper("题", (Heading("一、甲"), Heading("（一）乙", 2), Heading("1. 丙", 3)), created=CREATED))
    title = document.paragraphs[0].runs[0]._r.rPr.find(qn("w:rFonts")).get(qn("w:eastAsia"))
    assert title == "方正小标宋简体"
    named = [document.styles[f"Heading {n}"].element.rPr.find(qn("w:rFonts")).get(qn("w:eastAsia")) for n in (2, 3, 4)]
    assert named == ["黑体", "楷体_GB2312", "仿宋_GB2312"]


def test_odd_and_even_page_numbers_stand_on_their_sides() -> None:
    (section,) = read(Paper("题", (Paragraph("文"),), created=CREATED)).sections
    odd, even = section.footer.paragraphs[0], section.even_page_footer.paragraphs[0]
    assert odd.text.startswith("— ") and odd.text.endswith(" —")
    assert odd._p.pPr.find(qn("w:jc")).get(qn("w:val")) == "right"
    assert odd._p.pPr.find(qn("w:ind")).get(qn("w:right")) == "320"
    assert even._p.pPr.find(qn("w:jc")) is None
    assert even._p.pPr.find(qn("w:ind")).get(qn("w:left")) == "320"


def test_a_turned_table_gets_its_own_section_and_a_turned_page_number() -> None:
    block = overview(3, 6).blocks[0]
    assert isinstance(block, Table)
    turned = Table(block.spec, Orientation.BOUND)
    paper = notice_paper(
        "通报", "各单位", ["正文。"], org="区目督办", date="2017年7月17日", annex=[Attachment("附件"), turned]
    )
    upright, flat = read(paper).sections
    assert upright.orientation == WD_ORIENT.PORTRAIT
    assert flat.orientation == WD_ORIENT.LANDSCAPE
    # The bound sheet's foot is the left edge: 35 mm there, 28 mm at the top.
    assert (flat.left_margin, flat.top_margin) == (pytest.approx(Mm(35), abs=700), pytest.approx(Mm(28), abs=700))
    for footer in (flat.footer, flat.even_page_footer):
        direction = next(footer._element.iter(qn("w:textDirection")))
        assert direction.get(qn("w:val")) == "tbRl"


@pytest.mark.covers("P-57")
def test_the_booklet_counts_from_one_after_its_cover_and_lists_its_chapters() -> None:
    task = BookletTask("内容", "区发改局", "区建设局", "7月底前", "新增")
    chapters = [BookletPlan(f"{n}、计划{n}", (BookletItem("1", "项", (task,)),)) for n in "一二"]
    document = read(booklet_paper("七月\n任务清单", chapters, issuer="区目督办", date="2017年7月", created=CREATED))
    cover, rest = document.sections
    assert not list(cover.footer._element.iter(qn("w:instrText")))
    assert rest._sectPr.find(qn("w:pgNumType")).get(qn("w:start")) == "1"
    bookmarks = {e.get(qn("w:name")) for e in document.element.body.iter(qn("w:bookmarkStart"))}
    references = [
        e.text.split()[1] for e in document.element.body.iter(qn("w:instrText")) if e.text.strip().startswith("PAGEREF")
    ]
    assert len(references) == 2 and set(references) <= bookmarks
    lines = [p.text for p in document.paragraphs]
    assert any(line.startswith("一、计划一") and line.endswith("2") for line in lines), "number as in the PDF"
    assert [cell.text for cell in document.tables[0].rows[0].cells][2:] == [
        "工作内容",
        "牵头单位",
        "责任单位",
        "完成时限",
        "变动",
    ]


def test_a_cover_in_the_middle_is_refused() -> None:
    paper = Paper("题", (Paragraph("文"), Cover(("甲",), "乙", "丙")), created=CREATED)
    with pytest.raises(PaperError, match="封面"):
        to_docx(paper)


def test_a_heading_level_outside_four_is_refused() -> None:
    with pytest.raises(PaperError, match="标题“某”"):
        to_docx(Paper("题", (Heading("某", 0),), created=CREATED))


def test_a_page_break_before_a_turned_table_leaves_no_empty_paragraph_page() -> None:
    block = overview(3, 6).blocks[0]
    assert isinstance(block, Table)
    blocks = (
        Paragraph("文"),
        PageBreak(),
        Chapter("章"),
        Table(block.spec, Orientation.BOUND),
        PageBreak(),
        Paragraph("尾"),
    )
    document = read(Paper("题", blocks, created=CREATED))
    assert len(document.sections) == 3
    assert not list(document.element.body.iter(qn("w:pageBreakBefore")))


@pytest.mark.slow
def test_libreoffice_prints_22_lines_of_28_characters(tmp_path: Path) -> None:
    paper = Paper("满页", (Paragraph("永" * 28 * 40, indent=False),), created=CREATED, show_title=False)
    with opened(printed(paper, tmp_path)) as pdf:
        page = pdf.pages[0]
        lines = rows_of([c for c in page.chars if c["text"] == "永"])
        assert [len(line) for line in lines] == [28] * 22
        assert mm(lines[0][0]["x0"]) == pytest.approx(28, abs=0.5)
        foot = next(c for c in page.chars if c["text"] == "1")
        assert mm(page.height - foot["matrix"][5]) == pytest.approx(37 + 225 + 7, abs=3)


@pytest.mark.slow
@pytest.mark.covers("P-21")
def test_libreoffice_prints_the_overview_with_its_header_on_every_page(tmp_path: Path) -> None:
    with opened(printed(overview(20, 60), tmp_path)) as pdf:
        assert len(pdf.pages) > 3
        for page in pdf.pages:
            text = page.extract_text().replace(" ", "").replace("\n", "")
            assert "进展情况" in text and "牵头单位" in text
            assert f"{page.page_number}/{len(pdf.pages)}" in text
