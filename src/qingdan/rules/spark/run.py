"""The driver's side: which segments are missing, who does them, and what they come to."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Collection, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from qingdan.rules.catalogue import Catalogue
from qingdan.rules.errors import Place, RuleError, Words
from qingdan.rules.kernel.answers import LISTED
from qingdan.rules.language.rule import Rule, State
from qingdan.rules.match.engine import Matcher
from qingdan.rules.match.results import Summary, begin_run, finish_run, read_counts
from qingdan.rules.spark.worker import WORK, job_text, match_one
from qingdan.rules.store.register import Register

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def match_on_spark(
    session: SparkSession,
    rules: Sequence[Rule],
    register_folder: Path,
    out_folder: Path,
    *,
    catalogue: Catalogue,
    fact_date: date,
    listed: Collection[State] = LISTED,
    amounts: bool = True,
) -> Summary:
    """Match a register on a Spark cluster; the files in `out_folder` and the summary are those of `match_register`.

    Both folders lie on a file system that the driver and all workers see at the same paths, and workers may write to
    both. One segment is one task. Segments whose results are there already, made by the same rules, are not matched
    again, whoever made them.

    RuleError as from `match_register`, for workers that see other folders, and when Spark gives up; segments that are
    done stay done.
    """
    matcher = Matcher(rules, catalogue, fact_date)
    register = Register.open(register_folder)
    about = begin_run(matcher, register, out_folder, listed=listed, amounts=amounts)
    _remove_leftovers(out_folder)
    found = {number: read_counts(out_folder, number) for number in range(len(register.segments))}
    summaries = {number: each for number, each in found.items() if each}
    missing = [number for number in found if number not in summaries]
    if missing:
        threads = int(session.conf.get("spark.task.cpus", "1") or 1)
        summaries |= _share_out(session, missing, job_text(matcher, register, out_folder, about, threads), out_folder)
        _remove_leftovers(out_folder)
    return finish_run(matcher, [summaries[number] for number in found], out_folder)


def _share_out(session: SparkSession, numbers: list[int], job: str, folder: Path) -> dict[int, Summary]:
    """The figures of the segments with these numbers, matched by the workers into `folder`.

    They come back with the tasks: network file systems may show the driver a new file some seconds late.
    """
    context = session.sparkContext
    shipped = context.broadcast(job)
    task = partial(match_one, key=hashlib.sha256(job.encode()).hexdigest(), job=shipped)
    try:
        answers = context.parallelize(numbers, len(numbers)).map(task).collect()
    except Exception as error:  # Spark's, of many kinds: workers lost, the cluster gone, a fault in the task
        reason = _reason(error)
        raise RuleError(
            Words(f"Spark 没有做完：{reason}", f"Spark gave up: {reason}"),
            Words(
                "请查看 Spark 日志，再运行一次：已完成的分段不会重做",
                "look into Spark's log and run it again: segments that are done stay done",
            ),
            Place(str(folder)),
        ) from error
    finally:
        shipped.destroy()
    summaries = {}
    for number, answer in zip(numbers, answers, strict=True):
        if isinstance(answer, RuleError):
            raise answer
        summaries[number] = answer
    return summaries


def _reason(error: Exception) -> str:
    """The line of Spark's long report that says what happened: of a fault in Python the last, of others the first."""
    report = str(getattr(error, "java_exception", error)).partition("JVM stacktrace:")[0]
    lines = [line.strip() for line in report.splitlines() if line.strip()] or [type(error).__name__]
    return lines[-1] if "Traceback (most recent call last)" in report else lines[0]


def _remove_leftovers(folder: Path) -> None:
    """What tasks that died were making."""
    for stale in folder.glob(f"{WORK}*"):
        shutil.rmtree(stale, ignore_errors=True)
