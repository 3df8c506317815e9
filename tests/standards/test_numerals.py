"""Full-width and Chinese digits, and cleaning that never loses content."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingdan.standards.numerals import chinese_to_int, clean_text, int_to_chinese, parse_number, to_half_width


def test_half_width_changes_digits_and_signs_but_not_sentence_punctuation() -> None:
    assert to_half_width("（２０１７）３．５％，完成；５Ｇ　基站：") == "(2017)3.5%，完成；5G 基站："


@given(st.text())
def test_half_width_keeps_every_position(text: str) -> None:
    assert len(to_half_width(text)) == len(text)
    assert to_half_width(to_half_width(text)) == to_half_width(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("二十八", 28),
        ("十", 10),
        ("一百零五", 105),
        ("一百五", 150),
        ("三万五", 35_000),
        ("两千三百万", 23_000_000),
        ("一亿二千万", 120_000_000),
        ("一万亿", 10**12),
        ("一万零五百", 10_500),
        ("二〇一七", 2017),
        ("叁拾贰", 32),
        ("廿八", 28),
    ],
)
def test_chinese_numbers(text: str, number: int) -> None:
    assert chinese_to_int(text) == number


@pytest.mark.parametrize("text", ["", "十号", "abc", "一二十", "万", "28"])
def test_what_is_no_chinese_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        chinese_to_int(text)


@given(st.integers(0, 9999))
def test_writing_and_reading_a_chinese_number(number: int) -> None:
    assert chinese_to_int(int_to_chinese(number)) == number


@given(st.integers(0, 9999), st.integers(0, 9999))
def test_reading_a_number_of_ten_thousands(high: int, low: int) -> None:
    if high and low >= 1000:
        assert chinese_to_int(f"{int_to_chinese(high)}万{int_to_chinese(low)}") == high * 10_000 + low


def test_chinese_headings() -> None:
    assert [int_to_chinese(n) for n in (4, 10, 11, 20, 101, 1010)] == [
        "四",
        "十",
        "十一",
        "二十",
        "一百零一",
        "一千零一十",
    ]
    with pytest.raises(ValueError):
        int_to_chinese(10_000)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.2万", "12000"),
        ("３亿", "300000000"),
        ("1,200万", "12000000"),
        ("１，２００", None),
        ("1 200", "1200"),
        ("二十八", "28"),
        ("-3.5", "-3.5"),
        ("2.5万亿", "2500000000000"),
        ("1,2", None),
        ("--3", None),
        ("12家", None),
    ],
)
def test_numbers_with_scale_words(text: str, value: str | None) -> None:
    if value is None:
        with pytest.raises(ValueError):
            parse_number(text)
    else:
        assert parse_number(text) == Decimal(value)


def test_cleaning_keeps_line_breaks_and_drops_what_cannot_be_seen() -> None:
    assert (
        clean_text("\ufeff 区\u200b发改局\u00a0\u3000 牵头\r\n区财政局_x000D_\n\n\n\n完\t成 ")
        == "区发改局 牵头\n区财政局\n\n完 成"
    )


@given(st.text())
def test_cleaning_twice_changes_nothing_more_and_loses_no_visible_character(text: str) -> None:
    once = clean_text(text)
    assert clean_text(once) == once


@given(st.text(alphabet="区发改局 \n\t\u00a0\u200b，。1２%（）", max_size=60))
def test_cleaning_loses_no_visible_character(text: str) -> None:
    invisible = set(" \n\t\u00a0\u200b")
    assert [char for char in clean_text(text) if char not in invisible] == [c for c in text if c not in invisible]
