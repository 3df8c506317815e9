"""Figures keep their unit and their qualifier on the way in, on the way out and through a ratio."""

import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingdan.standards.quantities import Qualifier, Quantity, find_quantities, goal_met, ratio_display

EQ, GT, GE, LT, LE, APPROX = Qualifier


def read(text: str) -> Quantity:
    (quantity,) = find_quantities(text)
    return quantity


def amount(value: str, unit: str = "个", qualifier: Qualifier = EQ) -> Quantity:
    return Quantity(Decimal(value), unit, qualifier)


@pytest.mark.covers("P-31")
@pytest.mark.parametrize(
    ("sentence", "value", "unit", "qualifier", "written"),
    [
        ("624套人才公寓全面达到拎包入住条件", "624", "套", EQ, "624套"),
        ("完成起步区2.5平方公里城市设计方案并送审", "2.5", "平方公里", EQ, "2.5平方公里"),
        ("已经新建完成超过1万个", "1", "万个", GT, "超过1万个"),
        ("总投资达到2600多亿元", "2600", "亿元", GT, "2600多亿元"),
        ("协议投资199亿元以上", "199", "亿元", GE, "199亿元以上"),
        ("力争2017年新开工工业项目30个以上", "30", "个", GE, "30个以上"),
        ("地区生产总值增长6.2%左右", "6.2", "%", APPROX, "6.2%左右"),
        ("引进企业不少于5家", "5", "家", GE, "不少于5家"),
        ("新建管网近100公里", "100", "公里", APPROX, "近100公里"),
        ("惠及群众约3万人次", "3", "万人次", APPROX, "约3万人次"),
        ("用户约3万", "3", "万", APPROX, "约3万"),
        ("448个亿元以上的重大项目", "448", "个", EQ, "448个"),
        ("1-6月就新签约7个项目", "7", "个", EQ, "7个"),
        ("2亿元（不含）以上", "2", "亿元", GT, "2亿元（不含）以上"),
        ("2亿元（含）以下", "2", "亿元", LE, "2亿元（含）以下"),
        ("不超过100万元", "100", "万元", LE, "不超过100万元"),
        ("办理时间压缩到3个工作日以内", "3", "个工作日", LE, "3个工作日以内"),
        ("12亿多元", "12", "亿元", GT, "12亿多元"),
        ("3个多月", "3", "个月", GT, "3个多月"),
        ("走访100余家", "100", "家", GT, "100余家"),
        ("占比＞５０％", "50", "%", GT, "＞５０％"),
        ("投入1,200.50万元", "1200.50", "万元", EQ, "1,200.50万元"),
        ("工业投资下降-3.2%", "-3.2", "%", EQ, "-3.2%"),
        ("降低百分之六点五", "6.5", "%", EQ, "百分之六点五"),
        ("提高2个百分点", "2", "个百分点", EQ, "2个百分点"),
        ("共走访50+家", "50", "家", GE, "50+家"),
        ("节约3万元", "3", "万元", EQ, "3万元"),
        ("最近5个项目", "5", "个", EQ, "5个"),
        ("补助不\n超过60万元", "60", "万元", LE, "不\n超过60万元"),
        ("补助20万\n元以\n上", "20", "万元", GE, "20万\n元以\n上"),
        ("不低于 90%", "90", "%", GE, "不低于 90%"),
        ("小于5000万元（含）", "5000", "万元", LE, "小于5000万元（含）"),
        ("不足5家", "5", "家", LT, "不足5家"),
        ("5G基站2万个", "2", "万个", EQ, "2万个"),
    ],
)
def test_a_figure_is_read_with_unit_and_qualifier(
    sentence: str, value: str, unit: str, qualifier: Qualifier, written: str
) -> None:
    assert read(sentence) == Quantity(Decimal(value), unit, qualifier, written)


@pytest.mark.parametrize(
    "text",
    [
        "2017年7月31日前",
        "2017年度",
        "1-6月",
        "川府发〔2021〕733号",
        "国务院令第733号",
        "电话028-87863000",
        "第3项",
        "第 1、2 条规定",
        "单幅不小于1.5×1.8米",
        "第12条第3款",
        "1.2.3 总体要求",
        "世界500强",
        "千亿级企业",
        "收文后5个工作日内反馈",
        "A3幅面",
        "17:30",
        "510117",
        "十大行动计划",
        "",
    ],
)
def test_dates_serials_document_and_telephone_numbers_are_no_quantities(text: str) -> None:
    assert find_quantities(text) == []


def test_several_figures_of_one_sentence_come_in_order() -> None:
    text = "排查6129个项目，涉及资金130亿，发现362个问题，完成61.2%"
    assert [quantity.display() for quantity in find_quantities(text)] == ["6129个", "130亿", "362个", "61.2%"]


def test_a_range_gives_its_two_bounds_and_a_rise_two_figures() -> None:
    assert [q.display() for q in find_quantities("引进10-15家")] == ["≥10家", "≤15家"]
    assert [q.display() for q in find_quantities("5000万元至2亿元")] == ["≥5000万元", "≤2亿元"]
    assert [q.display() for q in find_quantities("从10家到15家")] == ["10家", "15家"]


UNITS = st.sampled_from(["套", "个", "万个", "亿元", "万元", "%", "平方公里", "个百分点", "户", "亿"])
VALUES = st.decimals(0, 10**7, allow_nan=False, allow_infinity=False, places=2) | st.integers(0, 10**9).map(Decimal)


@given(VALUES, UNITS, st.sampled_from(Qualifier))
def test_what_is_displayed_is_read_back(value: Decimal, unit: str, qualifier: Qualifier) -> None:
    quantity = Quantity(abs(value), unit, qualifier)
    shown = quantity.display()
    assert find_quantities(f"完成{shown}。") == [Quantity(abs(value), unit, qualifier, shown)]


@given(
    st.text(
        alphabet="0123456789.,，%万亿个元多以上下约超过不少于近至-第年月日（含）百分之点一二十第 套家\n", max_size=40
    )
)
def test_any_text_is_read_without_error_and_cites_itself(text: str) -> None:
    for quantity in find_quantities(text):
        assert quantity.written and quantity.written in text
        assert quantity.unit


def test_a_cell_full_of_ranges_is_read_in_time() -> None:
    begin = time.perf_counter()
    assert len(find_quantities("1-2个" * 6000)) == 12_000
    assert time.perf_counter() - begin < 5  # about 0.2 s here


def test_an_endless_row_of_digits_is_no_quantity() -> None:
    assert find_quantities("1" * 5000 + "个，百分之" + "一" * 9000) == []


def test_scaling_loses_no_digit() -> None:
    long = Decimal("1234567890123456789012345678901.23")
    assert Quantity(long, "万个").base_value == Decimal("12345678901234567890123456789012300")


def test_a_value_must_be_a_finite_decimal() -> None:
    with pytest.raises(ValueError):
        Quantity(Decimal("NaN"), "个")
    with pytest.raises(ValueError):
        Quantity(1.5, "个")  # type: ignore[arg-type]


@pytest.mark.covers("B-39")
def test_more_than_half_of_the_plan_is_shown_as_more_than_half() -> None:
    assert ratio_display(read("超过1万个"), read("计划新建2万个")) == ">50%"


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (amount("509", "亿元"), amount("831.7", "亿元"), "61.2%"),
        (amount("9000"), amount("2", "万个"), "45%"),
        (amount("28"), amount("30", qualifier=GE), "≤93.4%"),
        (amount("2", qualifier=GE), amount("3"), "≥66.6%"),
        (amount("2", qualifier=LE), amount("3"), "≤66.7%"),
        (amount("1"), amount("3", qualifier=LT), ">33.3%"),
        (amount("1", qualifier=APPROX), amount("4"), "≈25%"),
        (amount("1", qualifier=GT), amount("2", qualifier=LE), ">50%"),
        (amount("9999"), amount("10000"), "99.9%"),
        (amount("1" + "0" * 29 + "1", qualifier=GT), amount("2" + "0" * 30), ">50.0%"),
        (amount("1"), amount("10000"), "0.0%"),
        (amount("1.005", "亿元"), amount("1", "亿元"), "100.5%"),
        (amount("10000"), amount("10000"), "100%"),
        (amount("0"), amount("30", qualifier=GE), "0%"),
        (amount("1", qualifier=GT), amount("2", qualifier=GT), None),
        (amount("1", qualifier=APPROX), amount("2", qualifier=GE), None),
        (amount("1"), amount("0"), None),
        (amount("1", "套"), amount("2", "户"), None),
        (amount("-1"), amount("2"), None),
    ],
)
def test_a_ratio_carries_the_qualifier_that_follows(part: Quantity, whole: Quantity, shown: str | None) -> None:
    assert ratio_display(part, whole) == shown


POSITIVE = st.decimals("0.01", 10**6, places=2)
MOVES = {EQ: (0, 0), GT: (1, 50), GE: (0, 50), LT: (-50, -1), LE: (-50, 0)}


@given(POSITIVE, POSITIVE, st.sampled_from(list(MOVES)), st.sampled_from(list(MOVES)), st.data())
def test_what_a_ratio_says_holds_for_every_pair_of_true_values(
    part: Decimal, whole: Decimal, part_says: Qualifier, whole_says: Qualifier, data: st.DataObject
) -> None:
    shown = ratio_display(Quantity(part, "个", part_says), Quantity(whole, "个", whole_says))
    if shown is None or shown[0] not in "><≥≤":
        return
    true_part, true_whole = (
        value * (1 + Decimal(data.draw(st.integers(*MOVES[says]))) / 100)
        for value, says in ((part, part_says), (whole, whole_says))
    )
    claimed = Decimal(shown[1:-1]) * true_whole
    holds = {">": true_part * 100 > claimed, "≥": true_part * 100 >= claimed}
    holds |= {"<": true_part * 100 < claimed, "≤": true_part * 100 <= claimed}
    assert holds[shown[0]]


@pytest.mark.covers("P-55")
def test_a_lower_bound_goal_is_met_at_its_number() -> None:
    goal = read("30个以上")
    assert goal_met(amount("30"), goal) is True
    assert goal_met(amount("29"), goal) is False
    assert goal_met(amount("25", qualifier=GT), goal) is None
    assert goal_met(amount("30", qualifier=GT), read("超过30个")) is True
    assert goal_met(amount("30"), read("超过30个")) is False
    assert goal_met(amount("5"), read("5个以内")) is True
    assert goal_met(amount("5", qualifier=GE), read("5个以内")) is None
    assert goal_met(amount("6", qualifier=GE), read("5个以内")) is False
    assert goal_met(amount("30", qualifier=LT), goal) is False
    assert goal_met(amount("30", "户"), goal) is None
    assert goal_met(amount("40", qualifier=APPROX), goal) is None


@given(st.integers(0, 60), st.integers(0, 60), st.sampled_from(list(MOVES)), st.sampled_from(Qualifier), st.data())
def test_a_verdict_on_a_goal_holds_for_every_true_value(
    actual: int, goal: int, says: Qualifier, wanted: Qualifier, data: st.DataObject
) -> None:
    verdict = goal_met(Quantity(Decimal(actual), "个", says), Quantity(Decimal(goal), "个", wanted))
    low, high = MOVES[says]
    truth = actual + data.draw(st.integers(low, high))
    reached = {GT: truth > goal, LT: truth < goal, LE: truth <= goal}.get(wanted, truth >= goal)
    assert verdict in (None, reached)
