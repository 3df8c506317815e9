"""Rules as sentences: nothing is lost either way, whatever the catalogue calls its fields, and every text is
either a rule or refused with its place."""

from __future__ import annotations

import dataclasses
import re
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from any_rule import record, rules
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qingdan.rules.catalogue import Catalogue, Field, FieldType
from qingdan.rules.checks import walk
from qingdan.rules.codes import Code, CodeTree
from qingdan.rules.errors import RuleError
from qingdan.rules.forms import dump_sentence, load_sentence, load_yaml
from qingdan.rules.language import amounts as a
from qingdan.rules.language import conditions as c
from qingdan.rules.language.amounts import AMOUNTS, Amount
from qingdan.rules.language.conditions import CONDITIONS, Condition
from qingdan.rules.language.parts import Figure, Op, Period, Source, Spread
from qingdan.rules.language.rule import Award, Example, GivenFact, Plain, Rule, State, Status
from qingdan.rules.values import Money, Value
from qingdan.rules.versions import diff

FIXTURES = Path(__file__).parent / "fixtures"
seeded = settings(derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
NAMES = ("high_tech", "small_profit", "specialised")


def fixture(name: str) -> Rule:
    return load_yaml(Rule, (FIXTURES / f"{name}.yaml").read_text("utf-8"))


def with_node(node: Condition | Amount) -> Rule:
    """A rule around one condition or amount."""
    rule = Rule(
        id="r", title="例", version="1", valid_from=date(2026, 1, 1), condition=c.Flag(field="a", expected=True)
    )
    if isinstance(node, Condition):
        return dataclasses.replace(rule, condition=node)
    return dataclasses.replace(rule, awards=(Award(id="a", title="奖", amount=node),))


def comes_back(rule: Rule, catalogue: Catalogue) -> None:
    text = dump_sentence(rule, catalogue)
    read = load_sentence(text, catalogue)
    assert read == rule, text
    assert dump_sentence(read, catalogue) == text  # tells True from 1, which are equal
    assert all(line == "" or line.isprintable() or "\u3000" in line for line in text.split("\n"))


@given(rules())
@settings(seeded, max_examples=25)
def test_every_rule_comes_back(catalogue: Catalogue, rule: Rule) -> None:
    comes_back(rule, catalogue)


@pytest.mark.parametrize("kind", [*CONDITIONS, *AMOUNTS], ids=lambda kind: kind.tag)
def test_every_kind_of_node_comes_back(catalogue: Catalogue, kind: type[Condition] | type[Amount]) -> None:
    seen: list[str] = []

    @given(st.data())
    @settings(seeded, max_examples=10)
    def node_comes_back(data: st.DataObject) -> None:
        node = record(data.draw, kind, 1)
        seen.append(node.tag)
        comes_back(with_node(node), catalogue)

    node_comes_back()
    assert kind.tag in seen


ODD = (
    "",
    "条款",
    "条款「",
    "原文",
    "第三条 原文",
    "「",
    "」",
    "\\",
    "[1-2]",
    "［",
    "《",
    "》",
    " 第三条",
    "第三条　",
    "\n",
    "\ud800",
    "\u2028",
    "第　三条",
)


@pytest.mark.parametrize("text", ODD)
def test_a_source_comes_back_whatever_its_words(catalogue: Catalogue, text: str) -> None:
    sources = (
        Source(document=text),
        Source(document="办法", clause=text),
        Source(document=text, clause=text, quote=text, start=0, end=10**20, note=text),
        Source(document="办法", quote=text, note=text),
    )
    comes_back(
        dataclasses.replace(with_node(c.Flag(field=text, expected=True, label=text)), sources=sources), catalogue
    )


# ---- catalogues whose labels look like sentences

PIECES = (
    *(
        "研发",
        "费用",
        "销售额",
        "合计",
        "平均",
        "与",
        "之比",
        "不",
        "低于",
        "不低于",
        "高于",
        "大",
        "大于",
        "较",
        "1年前",
        "增长",
    ),
    *(
        "在",
        "列",
        "前",
        "3",
        "名",
        "的",
        "的前",
        "每",
        "满",
        "1",
        "亩",
        "：",
        "，",
        "、",
        "是",
        "属于",
        "有效",
        "至",
        "今",
        "不早",
        "晚于",
    ),
    *(
        "（自",
        "所在",
        "年度起算）",
        "（含）",
        "（",
        "）",
        "所在档次",
        "分段累进",
        "上",
        "本",
        "年度",
        "月",
        "上年度",
        "近",
        "近3年",
        "近两年",
    ),
    *(
        "截至",
        "2025",
        "年",
        "6月",
        "个月",
        "1日",
        "内无",
        "无",
        "每年满足",
        "中至少",
        "按",
        "地方贡献",
        "定额",
        "一事一议",
        "以下全部满足",
    ),
    *(
        "评分合计",
        "得",
        "5",
        "分",
        "名称",
        "依据",
        "人工认定",
        "要求",
        "豁免",
        "当",
        "则",
        "其余",
        "有",
        "不详",
        "「",
        "」",
        "〔",
        "〕",
        "\\",
    ),
    *(" ", "　", "Ａ", "A", "5G", "%", "-", "=", ">", "最高", "给", "2025-12-31", "须提供"),
)
pieces = st.lists(st.sampled_from(PIECES), max_size=3).map("".join)
labels = pieces.filter(bool) | pieces.map(lambda more: f"研发{more}")  # one is often the beginning of another
TREE = CodeTree(
    "t",
    "表",
    (
        Code("1", "一"),
        Code("有", "二"),
        Code("甲（乙）", "丙"),
        Code("a、b", "1"),
        Code("x", "同"),
        Code("y", "同"),
        Code("z", "）（"),
    ),
)
TYPES = ((FieldType.CODE, "t"), (FieldType.STATUSES, "t"), (FieldType.TEXT, ""), (FieldType.INTEGER, ""))


def labelled(chosen: list[str]) -> Catalogue:
    """A catalogue whose fields have these labels and all kinds of types."""
    kinds = [TYPES[index % len(TYPES)] for index in range(len(chosen))]
    return Catalogue(
        tuple(
            Field(name=f"f{index}", chinese=label, english="", type=kind, tree=tree)
            for index, (label, (kind, tree)) in enumerate(zip(chosen, kinds, strict=True))
        ),
        (TREE,),
    )


def every_sentence(name: str, other: str) -> tuple[list[Condition], list[Amount]]:
    """One of each kind of sentence about a field, in several periods."""
    figures = [
        Figure(field=name),
        Figure(field=name, period=Period("year-1")),
        Figure(field=name, period=Period("month-12")),
        Figure(field=name, period=Period("2025-06")),
        Figure(field=name, period=Period("year-1"), spread=Spread.SUM, count=3, since=other),
        Figure(field=name, period=Period("2025"), spread=Spread.MEAN, count=1),
        Figure(field=name, period=Period("month-1"), spread=Spread.MEAN, count=12),
    ]
    five, day, share, money = Value.parse("5 人"), date(2026, 4, 1), Fraction(1, 20), Money(100)
    conditions: list[Condition] = []
    amounts: list[Amount] = []
    for figure in figures:
        against = Figure(field=other, period=figure.period)
        conditions += [
            *(c.Compare(figure=figure, op=op, value=five) for op in (Op if figure is figures[0] else (Op.AT_LEAST,))),
            c.Between(figure=figure, low=five, low_included=True, high=five, high_included=False),
            c.Ratio(numerator=figure, denominator=against, op=Op.AT_LEAST, bound=share, unit="万元/亩"),
            c.Growth(figure=figure, op=Op.MORE_THAN, rate=share, years=3, yearly=True),
            c.Rank(figure=figure, top=3),
            c.Rank(figure=figure, share=share, among=against),
            c.Score(
                items=(
                    c.ScoreItem(label="项", per_piece=c.PerPiece(figure=figure, points=Decimal(5), cap=Decimal(9))),
                ),
                op=Op.AT_LEAST,
                threshold=Decimal(5),
            ),
        ]
        amounts += [
            a.PerUnit(figure=figure, per=five, amount=money, whole=True),
            a.PerUnit(figure=figure, per=five, amount=money, whole=False),
            a.Rate(base=figure, rate=share, floor=money),
            a.ShareOfContribution(contribution=figure, share=share),
            a.Slab(figure=figure, bands=(a.SlabBand(upto=five, upto_included=True, amount=a.Fixed(amount=money)),)),
            a.Marginal(base=figure, bands=(a.MarginalBand(upto=None, rate=share),), cap=money),
        ]
    flag = c.Flag(field=name, expected=True)
    conditions += [
        flag,
        c.InCodes(field=name, codes=(*(each.code for each in TREE.codes), "甲", "2")),
        c.HoldsStatus(field=name, codes=()),
        c.RecordFree(field=name, months=30),
        c.RecordFree(field=name, months=12, codes=("1",)),
        c.Age(field=name, op=Op.AT_MOST, months=18),
        c.Age(field=name, op=Op.AT_MOST, months=0, on=day),
        c.DateWindow(field=name, start=day),
        c.DateWindow(field=name, end=day),
        c.DateWindow(field=name, start=day, end=day),
        c.Attest(field=name, evidence="证"),
        c.Judgement(question="问", field=name),
        c.Window(condition=flag, years=3, since=name),
        c.Exemption(condition=flag, when=flag),
        c.Tiered(cases=(c.Case(when=flag, then=flag),), otherwise=flag),
        c.Exclusion(condition=flag),
    ]
    return conditions, amounts


VALUES: tuple[Plain, ...] = (
    *(None, True, False, 7, -1, "7", "1", "有", "有 1", "有限", "无", "是", "不详", "整数 1", "3000 万元", "３ 元"),
    *("2025年1月1日", "2025-01-01", "甲（乙）", "同", "", "「", (), ("1", "有", "新")),
    (Status(code="z", start=date(1, 1, 1)), Status(code="1", start=date(1, 1, 1), end=date(9999, 12, 31))),
)


def every_sentence_comes_back(catalogue: Catalogue) -> None:
    names = [each.name for each in catalogue.fields]
    keys = [f"{name}{period}" for name in names for period in ("", "@2025", "@2025-06", "@2025-12-31", "@2025-13", "@")]
    given = [(f"{name}@2026-01-{day:02d}", value) for name in names for day, value in enumerate(VALUES, 1)]
    facts = tuple(GivenFact(key=key, value=value) for key, value in [*((key, True) for key in keys), *given])
    parts = [every_sentence(name, names[index - 1]) for index, name in enumerate(names)]
    amounts = [amount for _, several in parts for amount in several]
    rule = dataclasses.replace(
        with_node(c.All(conditions=tuple(each for several, _ in parts for each in several))),
        awards=tuple(Award(id=f"{index}", title="奖", amount=amount) for index, amount in enumerate(amounts)),
        tests=(Example(name="例", fact_date=date(2026, 1, 1), facts=facts, state=State.MET),),
    )
    comes_back(rule, catalogue)


@given(st.lists(labels, min_size=2, max_size=5))
@settings(seeded, max_examples=5)
def test_labels_made_of_the_words_of_sentences_are_told_apart(chosen: list[str]) -> None:
    every_sentence_comes_back(labelled(chosen))


LOOKALIKES = """
名称 依据 认定结果 按揭 以下全部满足率 以下任一满足 以下均不得有 至少满足其中 一票否决 有豁免的要求
下列首个相符的情形 评分合计 人工认定 定额 分期支付 一事一议 内无 每年满足 中至少2年满足 6个月内无 近3年数 近3年每年满足
前3名 前2年度数 得5分 1日数 截至2025年度的3年数 上年度数 本月数 2025年度数 2025年6月数 2025-12-31
数 数合计 数与 数不 数（自 数量 数量表 地方贡献：
"""


# What stands behind a field in some sentence. A label that ends like this hides the label without it.
BEHIND = (
    *(
        "不低于",
        "高于",
        "低于",
        "等于",
        "不等于",
        "不高于",
        "合计",
        "平均",
        "与",
        "之比",
        "较",
        "在",
        "列",
        "的",
        "每",
        "属于",
    ),
    *("有效", "至", "不早于", "不晚于", "所在", "分段累进"),
)
HIDING = [
    label
    for index, word in enumerate(BEHIND)
    for label in (f"数{chr(0x4E00 + index)}", f"数{chr(0x4E00 + index)}{word}")
]


@pytest.mark.parametrize("chosen", [LOOKALIKES.split(), HIDING], ids=["lookalikes", "hiding"])
def test_labels_that_look_like_sentences_are_told_apart(chosen: list[str]) -> None:
    every_sentence_comes_back(labelled(chosen))


# ---- the page


def page_blocks() -> list[str]:
    page = (Path(__file__).parents[2] / "docs" / "rule-sentences.md").read_text("utf-8")
    return re.findall(r"^```\n(规则.*?)^```$", page, re.DOTALL | re.MULTILINE)


EXAMPLE, EVERY_KIND = page_blocks()


@pytest.mark.parametrize("name", NAMES)
def test_written_again_the_text_is_the_same(catalogue: Catalogue, name: str) -> None:
    text = dump_sentence(fixture(name), catalogue)
    assert load_sentence(text, catalogue) == fixture(name)
    assert dump_sentence(load_sentence(text, catalogue), catalogue) == text


def test_the_page_shows_the_form_as_it_is(catalogue: Catalogue) -> None:
    assert dump_sentence(fixture("specialised"), catalogue) == EXAMPLE
    rule = load_sentence(EVERY_KIND, catalogue)
    assert dump_sentence(rule, catalogue) == EVERY_KIND
    kinds = {type(each) for _, each in walk(rule)}
    assert kinds.issuperset({*CONDITIONS, *AMOUNTS})


def test_a_changed_threshold_changes_nothing_else(catalogue: Catalogue) -> None:
    text = EXAMPLE.replace("营业收入不低于 1500 万元", "营业收入不低于 1800 万元")
    changes = diff(fixture("specialised"), load_sentence(text, catalogue))
    assert [(each.path, each.before, each.after) for each in changes] == [
        ("condition.all[3].any[0].compare.value", "1500 万元", "1800 万元")
    ]


def test_fields_with_one_label_are_told_apart_by_their_marks() -> None:
    catalogue = Catalogue(
        tuple(
            Field(name=name, chinese=chinese, english="", type=FieldType.MONEY, unit="元")
            for name, chinese in (
                ("a", "收入"),
                ("b", "收入"),
                ("rd", "研发费用"),
                ("rd_sum", "研发费用合计"),
                ("fee", "费用"),
            )
        )
    )
    conditions = tuple(c.Flag(field=name, expected=True) for name in ("a", "b", "rd", "rd_sum", "fee", "new"))
    text = dump_sentence(with_node(c.All(conditions=conditions)), catalogue)
    assert [line.strip() for line in text.split("\n")[6:]] == [
        *("〔a〕：是", "〔b〕：是", "〔rd〕：是", "研发费用合计：是", "费用：是", "〔new〕：是", ""),
    ]
    with pytest.raises(RuleError) as caught:
        load_sentence(text.replace("〔b〕", "收入"), catalogue)
    assert "write the field's mark: 〔a〕, 〔b〕" in caught.value.english
