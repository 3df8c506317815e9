"""Pasted news text -> paragraphs by kind, and the work it names.

What the machine proposes from a story are candidates for a person to confirm. Captions of pictures that run
together above the text, teasers of other stories below it, bylines and adverts of apps never give one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class ParagraphKind(StrEnum):
    """What a line of a pasted story is."""

    BODY = "body"
    HEADING = "heading"
    CAPTION = "caption"
    TEASER = "teaser"
    BYLINE = "byline"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One line that is not blank: ``line`` counts from 1 in the pasted text, ``reason`` says why this kind."""

    kind: ParagraphKind
    text: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class NewsCandidate:
    """Work that the story says a unit is responsible for, as written: unit, task and the sentence it is in."""

    unit: str
    task: str
    line: int
    sentence: str


_SENTENCE_END = re.compile(r"[。！？!?；;…]|\.{3}")
_ANY_MARK = re.compile(r"[，。！？；：、,!?;:…“”\"《》]")
_TEASER_START = re.compile(
    r"(新闻推荐|相关新闻|相关阅读|相关链接|延伸阅读|推荐阅读|猜你喜欢|热门推荐|更多新闻|上一篇|下一篇|编辑推荐)\s*[:：]?\s*"
)
_BYLINE = re.compile(
    r"[（(]?\s*(本报|本网|本台|本刊|特约|实习|见习|新华社|全媒体|融媒体)?.{0,8}?(记者|通讯员|摄影|编辑|责编|责任编辑|校对|审核|来源|作者|供稿|图[/／]?文)"
    r"\s*[:：/／\s丨|].{0,30}$"
)
_REPORTER = re.compile(
    r"[（(]?(本报|本网|本台|本刊)?\S{0,6}(记者|通讯员)\s*\S{2,4}([\s、，,]\S{2,4}){0,4}\s*(摄影报道|摄|文/图|报道)?[）)]?$"
)
_ADVERT = re.compile(
    r"(下载|安装|打开|关注|扫码|扫描|长按|点击).{0,16}(APP|App|app|客户端|公众号|二维码|小程序|微信|阅读原文)"
    r"|(客户端|公众号|APP|App).{0,10}(下载|关注|订阅)|^[（(]?下载.{2,12}[，,]|[报爆]料(有奖|电话|热线)|除了新闻[,，]?我们还|版权(声明|所有)|未经授权|转载请|免责声明|举报电话|新闻热线"
)
_TRUNCATED = re.compile(r"(\.{3,}|…+)\s*$")


def read_news(text: str) -> list[Paragraph]:
    """Take a pasted story apart, line by line; blank lines are left out, no other is.

    A long line without any mark above the first sentence is a run of picture captions; everything from a
    mark such as 新闻推荐 on is of other stories, and so is a closing line that breaks off with an ellipsis.
    """
    lines = [
        (number, line.strip(" \t\u3000\xa0\ufeff"))
        for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1)
        if line.strip(" \t\u3000\xa0\ufeff")
    ]
    result: list[Paragraph] = []
    teaser = False
    seen_sentence = False
    last = len(lines) - 1
    for index, (number, line) in enumerate(lines):
        if not teaser and _TEASER_START.match(line):
            teaser = True
        kind, reason = _kind(line, teaser, seen_sentence, index, last)
        if kind is ParagraphKind.BODY:
            seen_sentence = True
        result.append(Paragraph(kind, line, number, reason))
    return result


def _kind(line: str, teaser: bool, seen_sentence: bool, index: int, last: int) -> tuple[ParagraphKind, str]:
    if teaser:
        return ParagraphKind.TEASER, "“新闻推荐”及其后的文字属于别的新闻"
    if _ADVERT.search(line):
        return ParagraphKind.TEASER, "应用、公众号或版权的推广文字"
    if len(line) <= 40 and (_REPORTER.match(line) or _BYLINE.match(line)):
        return ParagraphKind.BYLINE, "署名行"
    if _TRUNCATED.search(line) and index >= last - 2 and len(line) > 20:
        return ParagraphKind.TEASER, "末尾被截断的文字，是别的新闻的摘要"
    if re.match(r"[▲△▼▽◀▶↑↓]|[（(]?(图|供图|资料图|效果图)[:：为]?", line) and len(line) <= 60:
        return ParagraphKind.CAPTION, "图片说明"
    if line[0] in "■●◆★▪•·◇□":
        return ParagraphKind.HEADING, "提要"
    if not _SENTENCE_END.search(line):
        marks = len(_ANY_MARK.findall(line))
        if not seen_sentence and len(line) >= 16 and marks == 0:
            return ParagraphKind.CAPTION, "正文之前没有标点的长行，是连在一起的图片说明"
        if len(line) <= 40:
            return ParagraphKind.HEADING, "没有句号的短行"
    return ParagraphKind.BODY, ""


_UNIT = (
    r"[\u4e00-\u9fffA-Za-z0-9]{1,18}?"
    r"(?:局|委|办|厅|处|科|院|中心|公司|集团|管委会|委员会|办公室|街道|镇|乡|区政府|县政府|大队|站)"
)
_DUTY = r"(?:主要|具体|牵头)?(?:负责|牵头|承办)(?:实施|推进|落实|建设)?的"
_TASK = r"“[^”]{4,120}”|[^“”，,。；;、]{4,60}(?:工作|任务|建设|项目|方案)"
_OWNED = re.compile(rf"(?:由|、|，|,|。|：|:|以及|和|^)(?P<unit>{_UNIT}){_DUTY}(?P<task>{_TASK})")


def news_candidates(paragraphs: list[Paragraph]) -> list[NewsCandidate]:
    """Work with a unit (由甲公司负责的“某事”) in the body of a story; other kinds of paragraphs give none."""
    found: list[NewsCandidate] = []
    for paragraph in paragraphs:
        if paragraph.kind is not ParagraphKind.BODY:
            continue
        for sentence in re.split(r"(?<=[。！？!?])", paragraph.text):
            for match in _OWNED.finditer(sentence):
                task = match["task"].strip("“”").strip()
                unit = re.sub(r"^(由|和|及|与|比如|例如|其中|以及)+", "", match["unit"])
                if unit and task:
                    found.append(NewsCandidate(unit, task, paragraph.line, sentence.strip()))
    return found
