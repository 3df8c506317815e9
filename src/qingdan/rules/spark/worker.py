"""One segment on a worker: opened from the shared file system, matched by the local engine, its files put in place.

A segment's files are made in a folder of their own and moved when all are complete, the counts last. So a task that
dies leaves nothing that looks like a result, and two tasks on one segment (Spark starts a second one when it takes the
first for lost) do not write into each other's files.
"""

from __future__ import annotations

import json
import os
import socket
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from qingdan.rules.catalogue import Catalogue
from qingdan.rules.errors import Place, RuleError, Words
from qingdan.rules.forms import from_data, to_data
from qingdan.rules.language.rule import Rule, State
from qingdan.rules.match.engine import Matcher
from qingdan.rules.match.results import Summary, match_segment
from qingdan.rules.store.register import Encoding, Register, Segment, read_json

WORK = ".making-"
"""How the names of folders in the making begin; the number of the process that makes it follows."""


class Shipped(Protocol):
    """A text that every worker gets once: Spark's broadcast."""

    @property
    def value(self) -> str: ...


def job_text(matcher: Matcher, register: Register, folder: Path, about: dict[str, Any], threads: int) -> str:
    """What workers have to know of a run, as JSON: rules and catalogue in their written form, where things lie, and
    what `run.json` says (`about`). `threads`: how many one task may use."""
    return json.dumps(
        {
            "rules": [to_data(rule) for rule in matcher.rules],
            "catalogue": to_data(matcher.catalogue),
            "register": str(register.folder.absolute()),
            "folder": str(folder.absolute()),
            "about": about,
            "threads": threads,
        }
    )


def match_one(number: int, key: str, job: Shipped) -> Summary | RuleError:
    """Match the `number`th segment, counted from 0, of the run that `job` describes and `key` names.

    A RuleError is given back, not raised: Spark would try again what cannot succeed, and bury the words in its traces.
    """
    try:
        if key not in _ready:
            _ready.clear()
            _ready[key] = _prepare(json.loads(job.value))
        return _match(_ready[key], number)
    except RuleError as error:
        return error


@dataclass(frozen=True)
class _Run:
    """A run made ready: what is the same for all segments."""

    matcher: Matcher
    register: Register
    encoding: Encoding
    folder: Path
    about: dict[str, Any]
    threads: int


_ready: dict[str, _Run] = {}
"""The run that this process works on, so that rules are compiled once and not for each segment."""


def _prepare(job: dict[str, Any]) -> _Run:
    folder, about = Path(job["register"]), job["about"]
    try:
        register = Register.open(folder)
    except RuleError:
        raise _not_shared(folder) from None
    rules = [from_data(Rule, each) for each in job["rules"]]
    fact_date = date.fromisoformat(about["fact_date"])
    matcher = Matcher(rules, from_data(Catalogue, job["catalogue"]), fact_date)
    encoding = register.encoding(matcher.program, fact_date)
    return _Run(matcher, register, encoding, Path(job["folder"]), about, job["threads"])


def _match(run: _Run, number: int) -> Summary:
    segment = run.register.segments[number]
    _check_shared(run, segment, number)
    with tempfile.TemporaryDirectory(prefix=f"{WORK}{os.getpid()}-", dir=run.folder) as work:
        summary = match_segment(
            *(run.matcher, segment, run.encoding, Path(work), number),
            listed=[State(each) for each in run.about["listed"]],
            amounts=run.about["amounts"],
            threads=run.threads,
        )
        for file in sorted(Path(work).iterdir(), key=lambda each: each.suffix == ".json"):
            os.replace(file, run.folder / file.name)
    return summary


def _check_shared(run: _Run, segment: Segment, number: int) -> None:
    """RuleError when this machine sees another segment or another folder of results than the driver."""
    if not (segment.folder / "segment.json").exists() or (
        run.about["register"][number] != [segment.folder.name, segment.rows, segment.source_hash]
    ):
        raise _not_shared(segment.folder)
    if read_json(run.folder / "run.json") != run.about:
        raise _not_shared(run.folder)


def _not_shared(folder: Path) -> RuleError:
    host = socket.gethostname()
    return RuleError(
        Words(
            f"计算节点 {host} 看不到这个目录，或内容与驱动程序所见不同",
            f"the worker {host} does not see this folder as the driver sees it",
        ),
        Words(
            "请放在所有节点以同一路径挂载的共享文件系统上",
            "keep it on a shared file system that every machine mounts at the same path",
        ),
        Place(str(folder)),
    )
