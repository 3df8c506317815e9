"""Pasted news text gives no task from captions, teasers, bylines or adverts (the story here is made up)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from qingdan.sheets import ParagraphKind, news_candidates, read_news

STORY = """\
东湖片区规划鸟瞰图名扬四方的青川豆腐正在崛起中的东湖电子产业园
核心提示
■梳理出八大行动的细化任务,列出“任务清单”
七月的东湖,骄阳似火,新一轮的建设正在展开。
一张清单一目了然
记者在报表中看到,各项工作基本都能如期完成,比如由安居公司负责的“300套公寓全面达到入住条件”、区建设局负责的“完成东湖片区2.5平方公里设计方案并送审”、区招商局牵头的“制定配套项目招引方案”等工作全部完成。
区经信局负责的有关人员介绍,目前进展顺利。由区水务局负责推进的河道整治工程建设工作也已启动。
▲由区城管局负责的“亮化改造”现场
本报记者 某某
新闻推荐
7月12日,受暴雨影响,由区应急局负责的“抢险排涝”工作迅速展开,房屋倒塌4间,1车因倒树...
东湖新闻,弘扬正气。除了新闻,我们还传播快乐!由区广电局负责的“下载推广”也在此列。
"""


@pytest.mark.covers("P-58")
def test_every_line_is_kept_with_its_kind_and_number() -> None:
    paragraphs = read_news(STORY)
    assert [(paragraph.line, paragraph.kind) for paragraph in paragraphs] == [
        (1, ParagraphKind.CAPTION),
        (2, ParagraphKind.HEADING),
        (3, ParagraphKind.HEADING),
        (4, ParagraphKind.BODY),
        (5, ParagraphKind.HEADING),
        (6, ParagraphKind.BODY),
        (7, ParagraphKind.BODY),
        (8, ParagraphKind.CAPTION),
        (9, ParagraphKind.BYLINE),
        (10, ParagraphKind.TEASER),
        (11, ParagraphKind.TEASER),
        (12, ParagraphKind.TEASER),
    ]
    assert all(paragraph.reason for paragraph in paragraphs if paragraph.kind is not ParagraphKind.BODY)


@pytest.mark.covers("P-58", "P-30")
def test_work_is_proposed_with_its_unit_from_the_body_only() -> None:
    found = news_candidates(read_news(STORY))
    assert [(one.unit, one.task, one.line) for one in found] == [
        ("安居公司", "300套公寓全面达到入住条件", 6),
        ("区建设局", "完成东湖片区2.5平方公里设计方案并送审", 6),
        ("区招商局", "制定配套项目招引方案", 6),
        ("区水务局", "河道整治工程建设工作", 7),
    ]


@pytest.mark.covers("P-58", "B-58")
@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("（下载某某新闻，报料有奖！）", ParagraphKind.TEASER),
        ("点击下载某某新闻APP，了解更多资讯。", ParagraphKind.TEASER),
        ("关注微信公众号“东湖发布”。", ParagraphKind.TEASER),
        ("某某新闻记者 某某某", ParagraphKind.BYLINE),
        ("编辑 某某某", ParagraphKind.BYLINE),
        ("（记者 某某 摄影报道）", ParagraphKind.BYLINE),
        ("来源：东湖日报", ParagraphKind.BYLINE),
        ("图为建设中的公寓", ParagraphKind.CAPTION),
        ("全区上下一心,正在推进各项建设...", ParagraphKind.BODY),
    ],
)
def test_single_lines(line: str, kind: ParagraphKind) -> None:
    found = read_news(f"开头有一句话。\n{line}\n又有一句话。\n再有一句话。\n还有一句话。")
    assert found[1].kind is kind


def test_a_closing_text_that_breaks_off_is_a_teaser() -> None:
    found = read_news("有一句话。\n某地昨日突发大风和雷电天气，多处房屋受损，由区应急局负责的“抢险”仍在...")
    assert found[1].kind is ParagraphKind.TEASER
    assert news_candidates(found) == []


@pytest.mark.covers("P-58")
@pytest.mark.skipif("QD_REAL_DATA" not in os.environ, reason="QD_REAL_DATA names no folder with the published story")
def test_the_published_story() -> None:
    (path,) = Path(os.environ["QD_REAL_DATA"]).glob("002*.txt")
    paragraphs = read_news(path.read_text(encoding="utf-8"))
    kinds = {paragraph.line: paragraph.kind for paragraph in paragraphs}
    assert kinds[1] is ParagraphKind.CAPTION
    assert {kinds[line] for line in (35, 36, 37)} == {ParagraphKind.TEASER}
    assert kinds[27] is ParagraphKind.BYLINE
    assert [(one.unit, one.line) for one in news_candidates(paragraphs)] == [
        ("润弘公司", 16),
        ("区规建局", 16),
        ("区投促局", 16),
    ]
