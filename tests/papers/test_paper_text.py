"""Whatever people type is printed as typed: never read as markup, never lost."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from paper_samples import CREATED, opened, overview, plans, text_of

from qingdan.papers import (
    Cell,
    Col,
    Paper,
    PaperError,
    Paragraph,
    Table,
    TableGroup,
    TableItem,
    TableSpec,
    overview_paper,
    to_docx,
    to_pdf,
)
from qingdan.papers import fonts as papers_fonts
from qingdan.papers.text import printable

ATTACKS = [
    '#read("/etc/passwd")',
    '#include "paper.typ"',
    "$x^2$ *粗* _斜_ `码` = 标题 - 列表 + 编号",
    "\\u{4e00} \\ ~ @label <label> // 注释 /* 注释 */",
    '"), panic("x"), ("',
    "#set page(width: 1cm)",
    "]#[",
    "</w:t></w:r><w:r><w:t>",
    "{{ 7*7 }} ${7*7} %s &amp; &#x41;",
    "' OR 1=1 --",
]


def paper_of(text: str) -> Paper:
    spec = TableSpec(
        (Col(text, 1), Col("乙", 1)),
        (TableGroup(text, (TableItem({0: text}, ((Cell(text, struck=text),),)),)),),
    )
    return Paper(f"题{text}", (Paragraph(text), Table(spec)), created=CREATED, subtitle=text, author=text)


@pytest.mark.parametrize("attack", ATTACKS)
def test_markup_is_printed_letter_by_letter(attack: str) -> None:
    printed = text_of(to_pdf(paper_of(attack))).replace(" ", "")
    # title, subtitle, paragraph, header, heading, item, old and new value
    assert printed.count(attack.replace(" ", "")) == 8


@pytest.mark.parametrize("attack", ATTACKS)
def test_markup_reaches_word_letter_by_letter(attack: str) -> None:
    import io

    from docx import Document

    document = Document(io.BytesIO(to_docx(paper_of(attack))))
    assert attack in [paragraph.text for paragraph in document.paragraphs]
    assert document.tables[0].rows[0].cells[0].text == attack


@given(st.text(max_size=60))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_prints_or_is_refused_with_a_reason(text: str) -> None:
    paper = Paper("任意", (Paragraph(text),), created=CREATED)
    to_docx(paper)
    try:
        assert to_pdf(paper).startswith(b"%PDF")
    except PaperError as refused:
        assert "没有字形" in refused.reason and refused.place and refused.remedy


@given(st.text())
def test_printable_text_has_no_control_characters_and_is_stable(text: str) -> None:
    cleaned = printable(text)
    assert printable(cleaned) == cleaned
    assert not any(ord(char) < 32 and char != "\n" for char in cleaned)


def test_invisible_direction_marks_cannot_turn_a_text_around() -> None:
    assert "\u202e" not in text_of(to_pdf(Paper("题", (Paragraph("甲\u202e乙"),), created=CREATED)))
    assert printable("甲\u202e乙\u200b丙\x07") == "甲乙丙"


def test_gui_of_the_seed_name_prints_with_a_real_glyph() -> None:
    pdf = to_pdf(overview_paper("珪一食品", plans(3, 9), created=CREATED))
    assert text_of(pdf).count("珪") >= 1
    # PDF/A forbids the empty glyph, so what is printed has one.
    assert b"pdfaid:part" in pdf


def test_a_character_without_glyph_is_named_with_its_place() -> None:
    with pytest.raises(PaperError) as refused:
        to_pdf(Paper("题", (Paragraph("已完成👍请审定"),), created=CREATED))
    assert refused.value.place == "文字“已完成👍请审定”处"
    assert "U+1F44D" in refused.value.reason
    assert "QINGDAN_FONTS" in refused.value.remedy


def test_a_character_without_glyph_is_marked_where_the_caller_wants_that() -> None:
    pdf = to_pdf(Paper("题", (Paragraph("已完成👍请审定\U000f0000"),), created=CREATED), substitute="〓")
    assert "已完成〓请审定〓" in text_of(pdf)


def test_a_substitute_that_has_no_glyph_itself_is_refused() -> None:
    with pytest.raises(PaperError, match="没有字形"):
        to_pdf(Paper("题", (Paragraph("👍"),), created=CREATED), substitute="👍")


def test_newlines_break_lines() -> None:
    with opened(to_pdf(Paper("题", (Paragraph("甲甲\r\n乙乙", indent=False),), created=CREATED))) as pdf:
        assert pdf.pages[0].extract_text().splitlines()[1:3] == ["甲甲", "乙乙"]


@pytest.mark.parametrize("write", [to_pdf, to_docx])
def test_the_same_paper_gives_the_same_bytes_in_another_process(write: object) -> None:
    name = write.__name__  # type: ignore[attr-defined]
    code = (
        f"import hashlib; from paper_samples import overview; from qingdan.papers import {name}; "
        f"print(hashlib.sha256({name}(overview(6, 15))).hexdigest())"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent), "PYTHONHASHSEED": "7"}
    digests = {
        subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    }
    import hashlib

    assert digests == {hashlib.sha256(write(overview(6, 15))).hexdigest() + "\n"}  # type: ignore[operator]


def test_the_files_carry_the_papers_time_not_the_clocks() -> None:
    moment = datetime(2017, 7, 14, 17, 30, tzinfo=timezone(timedelta(hours=8)))
    pdf = to_pdf(Paper("题", (), created=moment))
    assert b"D:20170714093000" in pdf
    assert pdf == to_pdf(Paper("题", (), created=moment.astimezone(UTC)))


def test_a_missing_font_directory_is_an_error_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QINGDAN_FONTS", "/nowhere/fonts")
    with pytest.raises(PaperError, match="/nowhere/fonts") as refused:
        to_pdf(Paper("题", (), created=CREATED))
    assert refused.value.place == "字体目录"


def test_a_machine_without_chinese_fonts_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(papers_fonts, "_ROLES", {"body": ("No Such Font",)})
    papers_fonts._find.cache_clear()
    with pytest.raises(PaperError, match="fonts-noto-cjk"):
        to_pdf(Paper("题", (), created=CREATED))
    papers_fonts._find.cache_clear()


def test_a_warning_of_the_typesetter_is_an_error() -> None:
    found = papers_fonts.find_fonts()
    broken = papers_fonts.FontSet({**found.roles, "body": ("No Such Font", *found.roles["body"])}, found.handle)
    with pytest.raises(PaperError, match="no such font"):
        to_pdf(Paper("题", (Paragraph("文"),), created=CREATED), fonts=broken)
