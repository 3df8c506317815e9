"""Reading sentences that people have edited: what comes to the same is read the same, what is wrong is refused with
its place, and no text does anything else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_rules_sentence import EVERY_KIND, PIECES, comes_back, seeded

from qingdan.rules.catalogue import Catalogue
from qingdan.rules.errors import RuleError
from qingdan.rules.forms import dump_sentence, load_sentence

TEXT = """\
规则：例
编号：r
版本：第1版
生效：2026-04-01
依据：《办法》第三条 原文「不少于」 [3-6]

条件：以下全部满足：
  上年度营业收入不低于 1500 万元
  职工总数在 10 人（含）至 300 人（不含）之间
  注册地属于：510117（郫都区）
  近3年内无违法失信记录
  一票否决：
    名称：社保
    足额缴纳社保：否
  按下列首个相符的情形：
    当：居民企业：是
    则：上年度研发费用与上年度营业收入之比不低于 5%
  评分合计不低于 5 分：
    评分项：专利
      发明专利数每 1 项，得 5 分，最高 20 分

奖补：奖
  编号：a
  金额：上年度研发费用的 5%，最高 20 万元

测试：试
  日期：2026-07-01
  已知：
    2025年度营业收入：3000 万元
    2025-12-31 职工总数：85
    成立日期：2019-03-01
    称号：有 innovative（创新型中小企业） 2025-01-01 起
  结果：不符合
  应得：a，0 元
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("不低于 1500 万元", "不低于1500万元"),
        ("不低于 1500 万元", " 不少于 １５００ 万元 。"),
        ("不低于 1500 万元", "≥1500万元；"),
        ("以下全部满足：", "以下全部满足"),
        ("一票否决：\n", "一票否决:  \n\n\n"),
        ("\n", "\r\n"),
        ("  ", "　"),
        ("  ", "    "),
        ("规则：", "\ufeff规则: "),
        ("：", ":"),
        ("，", ","),
        ("（", "("),
        ("2026-04-01", "2026年4月1日"),
        ("2025-01-01", "2025年01月1日"),
        ("2019-03-01", "2019年3月1日"),
        ("2025-12-31", "2025年12月31日"),
        ("85", "８５"),
        ("3000 万元", "３０００ 万元"),
        ("近3年内无", "近36个月内无"),
        ("510117（郫都区）", "510117"),
        ("510117（郫都区）", "郫都区"),
        ("510117（郫都区）", "５１０１１７( 郫都区 )"),
        ("上年度营业收入", "上年度〔revenue〕"),
        ("第1版", "「第1版」"),
        ("5%，", "0.05， "),
        ("5%，", "５％，"),
        ("5 分，最高", "5.0分，最高"),
        ("每 1 项", "每1项"),
        ("《办法》第三条 原文「不少于」 [3-6]", "《办法》条款「第三条」「\\u{4e0d}少于」[3-6]"),
    ],
)
def test_what_comes_to_the_same_is_read_the_same(catalogue: Catalogue, old: str, new: str) -> None:
    assert old in TEXT
    assert load_sentence(TEXT.replace(old, new), catalogue) == load_sentence(TEXT, catalogue)
    assert dump_sentence(load_sentence(TEXT.replace(old, new), catalogue), catalogue) == TEXT


@pytest.mark.parametrize(
    ("old", "new", "english"),
    [
        ("1500 万元", "一千五百万元", "r.txt line 8: not understood from column 14: '一千五百万元'"),
        ("1500 万元", "1,500 万元", "line 8: not understood from column 15: ',500 万元'. what belongs here is the end"),
        ("1500 万元", "1500 万元以上", "line 8: not understood from column 21: '以上'. what belongs here is the end"),
        ("不低于 1500 万元", "1500 万元", "what belongs here is what is asked of the field"),
        ("不低于 1500 万元", "", "line 8: the line is not complete: '上年度营业收入'"),
        ("上年度营业收入不", "上年度营业收人不", "named '营业收人'. names that exist: 营业收入"),
        ("上年度营业收入不", "近3年营业收入不", "what belongs here is 合计 or 平均"),
        ("上年度营业收入不", "近三年营业收入不", "the number of years in '近三年营业收入不低于 1500 万元' was"),
        ("上年度营业收入不", "截至2025年6月的3年营业收入合计不", "what belongs here is 年 behind a year"),
        ("上年度营业收入不", "2025年13月营业收入不", "line 8: '2025-13' is not a period"),
        ("上年度营业收入不", "〔Revenue〕不", "what belongs here is the mark of a field"),
        ("10 人（含）", "10 人", "what belongs here is one of: （含）, （不含）"),
        ("510117（郫都区）", "510117（武侯区）", "of the code 510117. write 510117（郫都区） or 510107（武侯区）"),
        ("510117（郫都区）", "510118（郫都区）", "line 10: there is no code of 'districts' named '510118'"),
        ("510117（郫都区）", "郫县", "there is no code of 'districts' named '郫县'"),
        ("510117（郫都区）", "510117、", "line 10: the line is not complete"),
        ("注册地属于", "成立日期属于", "what belongs here is a code"),
        ("近3年内无", "近101年内无", "line 11: a record-free period is 1 to 1200 months"),
        ("    足额缴纳社保：否\n", "", "line 12: below '一票否决：' belong 1 condition, there are 0"),
        ("    足额", "   足额", "line 14: 3 spaces in front agree with no line above"),
        ("    足额", "\t足额", "line 14: the line has a tab"),
        ("    足额缴纳社保：否", "      足额缴纳社保：否", "this line cannot stand here"),
        ("    名称：社保\n", "    名称：社保\n    名称：保\n", "line 14: this line cannot stand here: '名称：保'"),
        ("    名称：社保", "    名称：", "line 13: the line is not complete: '名称：'. what belongs here is the label"),
        ("    名称：社保", "    名称：「社」保", "not understood from column 11: '保'"),
        ("    名称：社保", "    名称：「社保", "what belongs here is quotes 「」 that are closed"),
        ("    名称：社保", "    名称：「\\u{110000}」", "what belongs here is in quotes"),
        ("    则：", "    就：", "what can stand here is pairs of 当： and 则："),
        ("    当：居民企业：是\n", "", "what can stand here is a line that begins with 当："),
        ("每 1 项", "每 2 项", "what belongs here is '1 项'"),
        ("每 1 项", "每 1 亩", "what belongs here is '1 项'"),
        ("，最高 20 万元", "，最高 20 万元，最高 30 万元", "the end of the line (each limit stands once)"),
        ("，最高 20 万元", "，最高 20 人", "line 24: the amount '20 人' has no unit of money"),
        ("最高 20 万元", "最低 2 元，最高 1 元", "line 24: the floor exceeds the cap"),
        ("版本：第1版\n", "", "r.txt line 1: the line 版本： is missing. add it"),
        ("版本：第1版", "编号：第1版", "line 3: this line cannot stand here: '编号：第1版'. what can"),
        ("版本：第1版", "版次：第1版", "'版次：第1版'. what can stand here is 版本："),
        ("2026-04-01", "2026-02-30", "line 4: not understood from column 4: '2026-02-30'. what belongs here is a day"),
        ("《办法》", "办法", "what belongs here is the document, as in 《办法》第三条"),
        ("[3-6]", "[6-3]", "line 5: start and end of the quote are not a pair in order"),
        ("2025年度营业", "上年度营业", "what belongs here is a fixed period"),
        ("有 innovative", "innovative", "what belongs here is 无, or 有 and codes"),
        ("    成立日期：2019-03-01", "    2025-12-31 职工总数：85", "a fact is given twice"),
        ("结果：不符合", "结果：不合格", "what belongs here is one of: 待人工认定"),
        ("应得：a，0 元", "应得：a，0", "what belongs here is an amount"),
        ("以下全部满足：", "全部满足：", "names that exist: 以下全部满足"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_with_its_place(catalogue: Catalogue, old: str, new: str, english: str) -> None:
    assert TEXT.count(old) == 1
    with pytest.raises(RuleError) as caught:
        load_sentence(TEXT.replace(old, new), catalogue, "r.txt")
    assert english in caught.value.english
    assert caught.value.chinese.startswith("r.txt 第")
    assert caught.value.remedy.chinese


EDITS = (
    "\n",
    "  ",
    "：",
    "，",
    "、",
    "「",
    "」",
    "\\",
    "〔",
    "（",
    "）",
    "《",
    "[",
    "名称：x",
    "依据：",
    "近",
    "年",
    "0",
    "9" * 25,
    "-",
    "%",
    "万元",
)
EDITS += (
    "不低于",
    "无",
    "有 ",
    "的",
    "每",
    "列前",
    "在",
    "与",
    "最高",
    "其余",
    "当：",
    "否则：",
    "。",
    "\x00",
    "整数 ",
    "13月",
    "2025-02-30",
    "至",
)


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 6), st.sampled_from(EDITS)), min_size=1, max_size=4))
@settings(seeded, max_examples=80)
def test_an_edited_text_is_a_rule_or_refused(catalogue: Catalogue, edits: list[tuple[float, int, str]]) -> None:
    text = EVERY_KIND
    for where, dropped, put in edits:
        start = int(where * len(text))
        text = text[:start] + put + text[start + dropped :]
    try:
        rule = load_sentence(text, catalogue, "r.txt")
    except RuleError as error:
        assert error.place.file == "r.txt" and error.place.line
        return
    comes_back(rule, catalogue)


@given(st.text(max_size=40) | st.lists(st.sampled_from(PIECES)).map(lambda pieces: "条件：" + "".join(pieces)))
@settings(seeded, max_examples=60)
def test_no_text_breaks_the_reader(catalogue: Catalogue, text: str) -> None:
    head = "规则：例\n编号：r\n版本：1\n生效：2026-01-01\n"
    with pytest.raises(RuleError):
        load_sentence(text, catalogue)
    with pytest.raises(RuleError):
        load_sentence(f"{head}{text}\n", catalogue)


def test_too_much_is_refused(catalogue: Catalogue) -> None:
    deep = "\n".join(" " * level + "一票否决：" for level in range(300))
    with pytest.raises(RuleError, match="nested too deep"):
        load_sentence(f"条件：以下全部满足\n{deep}", catalogue)
    with pytest.raises(RuleError, match="the file is too large"):
        load_sentence("\n" * 4_000_001, catalogue)
