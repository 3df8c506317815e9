"""Synthetic papers and the ruler for tests: units of the demo story, made-up tasks, no persons."""

import io
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import groupby
from typing import Any

import pdfplumber

from qingdan.papers import Cell, Colour, OverviewItem, OverviewPlan, OverviewTask, Paper, Pill, overview_paper

CREATED = datetime(2017, 7, 14, 9, 0)
TITLE = "“中优”“西控”战略7月行动计划进展情况一览表"
UNITS = ("区发改局", "区经科局", "区建设局", "工业港管委会", "区农林局", "区规划局", "川菜园区管委会")
NUMERALS = "一二三四五六七八九十"
CONTENTS = (
    "完成片区拆迁安置方案并启动首批房屋征收签约",
    "编制产业园区配套道路建设施工图设计",
    "完成水源涵养林带一期土地整理和苗木栽植",
    "推进电子信息产业项目签约落地，落实用地指标",
    "开展河道综合治理，完成截污管网铺设2.3公里",
    "珪一食品等3户企业技改项目开工建设",
)
PROGRESS = (
    "已完成方案编制并报区政府审定，正在开展入户调查，累计签约126户，占总数的63%，下一步将逐户做好政策解释。",
    "施工图设计已完成初稿，正在组织专家评审，预计7月20日前完成修改并报批。",
    "已完成土地整理320亩，栽植苗木1.8万株，完成总工程量的75%，剩余地块正在进行地形整理。",
    "已与2家企业签订投资协议，项目用地指标已上报，待批复后启动供地程序。",
    "完成管网铺设1.6公里，剩余0.7公里受连续降雨影响，施工单位正在抢抓工期，确保按期完成。",
)


def plans(items: int, tasks: int, seed: int = 7) -> list[OverviewPlan]:
    """Ten plans with `items` items and `tasks` tasks, five of which cannot finish on time."""
    chance = random.Random(seed)
    sizes = [1] * items
    for _ in range(tasks - items):
        sizes[chance.randrange(items)] += 1
    late = set(chance.sample(range(tasks), min(5, tasks)))
    lines = []
    for number in range(tasks):
        bad = number in late
        moved = number % 31 == 0
        lines.append(
            OverviewTask(
                content=f"{chance.choice(CONTENTS)}（T{number:04d}）",
                lead=chance.choice(UNITS),
                deadline=Cell("8月15日前", struck="7月31日前") if moved else "7月31日前",
                progress=chance.choice(PROGRESS),
                forecast=Cell("不能", pill=Pill("预警", Colour.RED)) if bad else "能",
                reason="征地补偿标准调整，部分农户未签约；建议专题研究。" if bad else "",
                problem="请协调用地指标。" if bad else "",
            )
        )
    rows = iter(lines)
    made = [
        OverviewItem(str(number + 1), f"大项{number + 1:03d}城市有机更新", tuple(next(rows) for _ in range(size)))
        for number, size in enumerate(sizes)
    ]
    share = -(-items // 10)
    return [
        OverviewPlan(f"{NUMERALS[n]}、行动计划{NUMERALS[n]}", tuple(made[n * share : (n + 1) * share]))
        for n in range(-(-items // share))
    ]


def overview(items: int = 76, tasks: int = 230, **options: Any) -> Paper:
    return overview_paper(TITLE, plans(items, tasks), as_of="截至2017年7月14日", created=CREATED, **options)


@contextmanager
def opened(pdf: bytes) -> Iterator[pdfplumber.PDF]:
    with pdfplumber.open(io.BytesIO(pdf)) as document:
        yield document


def mm(points: float) -> float:
    return points * 25.4 / 72


def text_of(pdf: bytes) -> str:
    """All characters of the file in drawing order, without line breaks."""
    with opened(pdf) as document:
        return "".join(char["text"] for page in document.pages for char in page.chars)


def rows_of(chars: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Characters grouped into lines by their baseline, from the top."""

    def baseline(char: dict[str, Any]) -> float:
        return -round(char["matrix"][5], 1)

    return [sorted(row, key=lambda c: c["x0"]) for _, row in groupby(sorted(chars, key=baseline), key=baseline)]
