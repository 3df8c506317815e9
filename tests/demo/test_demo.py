"""The demo command from an empty folder: what it loads, says and writes."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pdfplumber
import pytest

from qingdan.web.demo.district import PLANS, SYNTHETIC


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """The folder and the printed lines of one ``qd demo --no-serve``."""
    folder = tmp_path_factory.mktemp("demo")
    env = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "QD_DATA", "QD_CLOCK"}}
    command = [sys.executable, "-m", "qingdan.cli", "demo", "--no-serve", "--data", str(folder)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    yield folder, done.stdout


def ask(folder: Path, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(folder / "qingdan.sqlite3") as connection:
        return connection.execute(query).fetchall()


@pytest.mark.slow
@pytest.mark.covers("P-32", "P-29")
def test_on_14_july_exactly_five_tasks_of_76_items_cannot_be_in_time_and_all_say_why(demo):
    _folder, said = demo
    line = next(line for line in said.splitlines() if line.startswith("截至7月14日"))
    assert "76 个大项" in line
    assert "cannot be in time 5 项" in line
    assert "without reason or advice 0 项" in line
    for word in ("登录账号", "mdb-officer", "导入 247 行台账", "写出 Wrote"):
        assert word in said


@pytest.mark.slow
@pytest.mark.covers("P-18")
def test_three_plans_have_names_and_the_other_seven_are_numbered_not_invented(demo):
    folder, _said = demo
    names = [name for (name,) in ask(folder, "SELECT name FROM tasks_plan ORDER BY sort")]
    assert names[:3] == ["“创客郫都”建设行动计划", "产业转化空间提升行动计划", "产业升级行动计划"]
    assert names[3:] == [f"行动计划{number}" for number in "四五六七八九十"]
    told = {item.name for plan in PLANS for item in plan.items if item.named}
    made_up = {str(name) for (name,) in ask(folder, "SELECT name FROM tasks_item")} - told
    assert made_up
    assert all(name.startswith(SYNTHETIC) for name in made_up)


@pytest.mark.slow
@pytest.mark.covers("P-21")
def test_the_overview_of_the_second_week_prints_on_about_25_numbered_pages(demo):
    folder, _said = demo
    (path,) = folder.glob("papers/*一览表*.pdf")
    with pdfplumber.open(path) as pdf:
        pages = len(pdf.pages)
        text = pdf.pages[-1].extract_text()
    assert 22 <= pages <= 30
    assert f"{pages}/{pages}" in text


@pytest.mark.slow
def test_loading_again_keeps_what_is_there(demo):
    folder, _said = demo
    before = ask(folder, "SELECT count(*) FROM common_event")
    env = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "QD_DATA", "QD_CLOCK"}}
    command = [sys.executable, "-m", "qingdan.cli", "demo", "--no-serve", "--data", str(folder)]
    subprocess.run(command, env=env, capture_output=True, timeout=300, check=True)
    assert ask(folder, "SELECT count(*) FROM common_event") == before
