"""Registers matched by Spark's workers: the files and figures of one machine, whatever dies on the way.

What a worker does is tested without Spark. The tests with a cluster of two processes need pyspark and Java.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from qingdan.rules import library
from qingdan.rules.errors import RuleError
from qingdan.rules.evaluate import Facts
from qingdan.rules.language.rule import State
from qingdan.rules.match import Matcher, match_register
from qingdan.rules.match.results import Summary, begin_run
from qingdan.rules.spark import match_on_spark, open_session
from qingdan.rules.spark.worker import job_text, match_one
from qingdan.rules.store import Register, build_register
from tests.rules.tables import table_of

DAY = date(2026, 7, 1)
CATALOGUE = library.catalogue()
RULES = [versions[-1] for versions in library.programmes().values()][:12]
ROWS = 48
QUICK = {
    "spark.log.level": "OFF",
    "spark.ui.showConsoleProgress": "false",
    # Java is here for a few seconds only: it need not compile its code well.
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A register of four segments, its enterprises those of the rules' own tests, and what one machine makes of it."""
    folder = tmp_path_factory.mktemp("spark")
    given = [Facts.given(CATALOGUE, test.facts) for rule in RULES for test in rule.tests]
    table = table_of(CATALOGUE, [given[place % len(given)] for place in range(ROWS)])
    pq.write_table(table, folder / "part-0.parquet", row_group_size=ROWS // 4)
    register = build_register([folder / "part-0.parquet"], folder / "register", CATALOGUE, segment_rows=ROWS // 4)
    summary = match_register(Matcher(RULES, CATALOGUE, DAY), register, folder / "local")
    return register, summary, folder / "local"


@pytest.fixture
def register(built, tmp_path):
    """The same register, to be damaged."""
    shutil.copytree(built[0].folder, tmp_path / "register")
    return Register.open(tmp_path / "register")


@pytest.fixture
def expected(built):
    return built[1]


def _contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


# ---- a worker


@dataclass
class Job:
    """A job as Spark ships it, which counts how often it is read."""

    text: str
    reads: int = 0

    @property
    def value(self) -> str:
        self.reads += 1
        return self.text


def _begin(register: Register, folder: Path) -> Job:
    matcher = Matcher(RULES, CATALOGUE, DAY)
    about = begin_run(matcher, register, folder)
    return Job(job_text(matcher, register, folder, about, 1))


def _refused(answer: Summary | RuleError) -> RuleError:
    assert isinstance(answer, RuleError)
    return answer


def test_a_worker_makes_rules_ready_once_and_again_for_other_rules(register, expected, tmp_path):
    job = _begin(register, tmp_path / "out")
    parts = [match_one(number, "first", job) for number in range(4)]
    assert [part.enterprises for part in parts] == [ROWS // 4] * 4
    for place, figures in enumerate(expected.rules):
        assert sum(part.rules[place].met for part in parts) == figures.met
    assert job.reads == 1
    other = Matcher(RULES[:1], CATALOGUE, DAY)
    about = begin_run(other, register, tmp_path / "other", listed=[State.UNMET], amounts=False)
    part = match_one(3, "second", Job(job_text(other, register, tmp_path / "other", about, 1)))
    assert [each.rule for each in part.rules] == [RULES[0].id]
    assert sorted(_contents(tmp_path / "other")) == ["counts-00003.json", "matches-00003.parquet", "run.json"]
    assert set(pq.read_table(tmp_path / "other" / "matches-00003.parquet")["state"].to_pylist()) <= {"unmet"}


def test_a_worker_that_sees_other_folders_than_the_driver_says_so(register, tmp_path):
    job = _begin(register, tmp_path / "out")
    assert isinstance(match_one(0, "before", job), Summary)
    (register.segments[1].folder / "segment.json").write_text("{}")
    assert "看不到这个目录" in _refused(match_one(1, "segment", job)).chinese
    (tmp_path / "out" / "run.json").write_text("{}")
    assert str(tmp_path / "out") in _refused(match_one(2, "results", job)).english
    (register.folder / "register.json").unlink()
    assert str(register.folder) in _refused(match_one(2, "register", job)).english
    assert sorted(_contents(tmp_path / "out")) == [
        "amounts-00000.parquet",
        "counts-00000.json",
        "matches-00000.parquet",
        "run.json",
    ]


def test_a_worker_gives_back_what_does_not_fit_and_leaves_nothing(register, tmp_path):
    job = _begin(register, tmp_path / "out")
    facts = register.segments[2].folder / "facts.arrow"
    facts.write_bytes(facts.read_bytes()[:200])
    assert "segment-00002" in _refused(match_one(2, "damaged", job)).english
    assert sorted(_contents(tmp_path / "out")) == ["run.json"]


# ---- a cluster


@pytest.fixture(scope="module")
def session():
    pytest.importorskip("pyspark", reason="pyspark is not installed (pip install 'qingdan[spark]')")
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        pytest.skip("Java is not installed: Spark needs Java 17 or later")
    logging.getLogger("py4j").setLevel(logging.WARNING)  # it speaks up again when the tests have ended
    # Two workers; a task is tried twice.
    running = open_session("local[2,2]", QUICK)
    yield running
    running.stop()


def _match(session, register: Register, folder: Path) -> Summary:
    return match_on_spark(session, RULES, register.folder, folder, catalogue=CATALOGUE, fact_date=DAY)


def test_spark_makes_the_files_and_figures_of_one_machine(session, built, tmp_path):
    register, summary, local = built
    assert _match(session, register, tmp_path / "out") == summary
    assert _contents(tmp_path / "out") == _contents(local)


def test_a_run_of_one_kind_is_completed_by_the_other(session, built, tmp_path):
    register, summary, local = built
    shutil.copytree(local, tmp_path / "out")
    for name in ("counts-00001.json", "counts-00003.json", "matches-00003.parquet"):
        (tmp_path / "out" / name).unlink()
    kept = (tmp_path / "out" / "matches-00002.parquet").stat().st_mtime_ns
    assert _match(session, register, tmp_path / "out") == summary
    assert _contents(tmp_path / "out") == _contents(local)
    assert (tmp_path / "out" / "matches-00002.parquet").stat().st_mtime_ns == kept
    (tmp_path / "out" / "counts-00002.json").unlink()
    assert match_register(Matcher(RULES, CATALOGUE, DAY), register, tmp_path / "out") == summary
    assert _contents(tmp_path / "out") == _contents(local)


def test_a_damaged_segment_is_named_and_the_others_are_done(session, register, built, tmp_path):
    facts = register.segments[2].folder / "facts.arrow"
    whole = facts.read_bytes()
    facts.write_bytes(whole[:200])
    with pytest.raises(RuleError, match="segment-00002"):
        _match(session, register, tmp_path / "out")
    done = {name for name in _contents(tmp_path / "out") if name.startswith("counts-")}
    assert done == {"counts-00000.json", "counts-00001.json", "counts-00003.json"}
    facts.write_bytes(whole)
    assert _match(session, register, tmp_path / "out") == built[1]
    assert _contents(tmp_path / "out") == _contents(built[2])


class Waiting:
    """A run in which the second segment's facts are a pipe that nobody writes to: its worker waits there."""

    def __init__(self, session, register: Register, out: Path) -> None:
        self.out, self.facts = out, register.segments[1].folder / "facts.arrow"
        self.whole = self.facts.read_bytes()
        self.facts.unlink()
        os.mkfifo(self.facts)
        self.killed: set[int] = set()
        self.ended: list[Summary | Exception] = []
        self.thread = threading.Thread(target=lambda: self.ended.append(_end_of(session, register, out)), daemon=True)
        self.thread.start()

    def mend(self) -> None:
        self.facts.unlink()
        self.facts.write_bytes(self.whole)

    def kill(self, before: Callable[[], None] = lambda: None) -> None:
        """Kill the worker that waits, once the other segments are done; `before`: what is done just before."""
        _wait_for(lambda: len(list(self.out.glob("counts-*"))) == 3 and len(self._makers() - self.killed) == 1)
        (maker,) = self._makers() - self.killed
        before()
        os.kill(maker, signal.SIGKILL)
        self.killed.add(maker)

    def _makers(self) -> set[int]:
        return {int(each.name.split("-")[1]) for each in self.out.glob(".making-*")}

    def end(self) -> Summary | Exception:
        self.thread.join(timeout=30)
        return self.ended[0]


def _end_of(session, register: Register, folder: Path) -> Summary | Exception:
    try:
        return _match(session, register, folder)
    except Exception as error:
        return error


def test_the_segment_of_a_killed_worker_is_given_to_another(session, register, built, tmp_path):
    run = Waiting(session, register, tmp_path / "out")
    run.kill(before=run.mend)
    assert run.end() == built[1]
    assert _contents(tmp_path / "out") == _contents(built[2])


def test_a_killed_worker_leaves_nothing_half_written(session, register, built, tmp_path):
    out = tmp_path / "out"
    run = Waiting(session, register, out)
    run.kill()
    run.kill()  # the worker that tried it again; two failures of a task end this session's runs
    ended = run.end()
    assert isinstance(ended, RuleError) and "Spark 没有做完" in ended.chinese and str(out) in ended.english
    assert not list(out.glob("*-00001.*")) and not (out / "summary.parquet").exists()
    run.mend()
    assert _match(session, register, out) == built[1]
    assert _contents(out) == _contents(built[2])


def _wait_for(condition) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def test_rules_that_cannot_be_compiled_are_refused_before_spark_is_asked(built, tmp_path):
    from dataclasses import replace

    from qingdan.rules.language.conditions import Flag

    wrong = replace(RULES[0], id="wrong", condition=Flag(field="no_such_field", expected=True))
    with pytest.raises(RuleError, match="no_such_field"):
        match_on_spark(None, [wrong], built[0].folder, tmp_path / "out", catalogue=CATALOGUE, fact_date=DAY)
    assert not (tmp_path / "out").exists()


def test_what_spark_needs_is_named_when_it_is_missing(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "pyspark.errors", None)
    with pytest.raises(RuleError) as refused:
        open_session("local[1]")
    assert "没有安装 pyspark" in refused.value.chinese and "qingdan[spark]" in refused.value.english
    monkeypatch.undo()
    pytest.importorskip("pyspark", reason="pyspark is not installed (pip install 'qingdan[spark]')")
    script = "from qingdan.rules.spark import open_session; open_session('local[1]')"
    without_java = {**os.environ, "JAVA_HOME": str(tmp_path)}
    ended = subprocess.run([sys.executable, "-c", script], env=without_java, capture_output=True, text=True)
    assert "Spark 没有启动：没有 Java" in ended.stderr.splitlines()[-1]
