"""The matches of a whole register as Parquet files: one pair for each segment, written whole or not at all.

run.json                 what was matched: rules with their hashes, catalogue, fact date, options
matches-00000.parquet    rule, version, code, state: one row for each enterprise in a listed state
amounts-00000.parquet    rule, version, award, code, state, low_fen, high_fen: of the met
counts-00000.json        how many for each rule and state, and the sums of the awards
summary.parquet          the same for the whole register
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from qingdan.rules.amounts import STATES, BulkSum
from qingdan.rules.kernel.answers import LISTED
from qingdan.rules.language.rule import Rule, State
from qingdan.rules.match.engine import Matcher, Matches
from qingdan.rules.store.folders import RESULTS, refuse_foreign, scratch
from qingdan.rules.store.register import Encoding, Register, Segment, catalogue_hash, read_json, write_json
from qingdan.rules.versions import content_hash

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class RuleCount:
    """One rule's figures. Costs in fen: `exact` of awards known to the fen, `low` and `high` of all awards of the
    met; `unlimited`: some award has no upper limit, and `high` does not include it."""

    rule: str
    version: str
    title: str
    met: int
    unknown: int
    manual: int
    not_applicable: int
    unmet: int
    low: int = 0
    high: int = 0
    unlimited: bool = False


@dataclass(frozen=True)
class Summary:
    """The figures of all rules over a register."""

    enterprises: int
    rules: tuple[RuleCount, ...]


def match_register(
    matcher: Matcher,
    register: Register,
    folder: Path,
    *,
    listed: Collection[State] = LISTED,
    amounts: bool = True,
    threads: int = 1,
    progress: Progress | None = None,
) -> Summary:
    """Match a register segment by segment and write the results into `folder`.

    Segments whose results are there already, made by the same rules, are not matched again; what another run left
    behind is replaced. `progress` gets how many enterprises are done, and of how many. RuleError as from `Matcher`,
    and for a folder that holds something else.
    """
    begin_run(matcher, register, folder, listed=listed, amounts=amounts)
    encoding = register.encoding(matcher.program, matcher.fact_date)
    done = 0
    summaries = []
    for number, segment in enumerate(register.segments):
        found = read_counts(folder, number) or match_segment(
            matcher, segment, encoding, folder, number, listed=listed, amounts=amounts, threads=threads
        )
        summaries.append(found)
        done += segment.rows
        if progress:
            progress(done, register.rows)
    return finish_run(matcher, summaries, folder)


# ---- the steps of a run, for those who share out the segments themselves


def begin_run(
    matcher: Matcher,
    register: Register,
    folder: Path,
    *,
    listed: Collection[State] = LISTED,
    amounts: bool = True,
) -> dict[str, Any]:
    """Make `folder` ready for the results of this run: what another run left behind goes, what this one has already
    stays. Gives what `run.json` then says. RuleError for a folder that holds something else.
    """
    refuse_foreign(folder, RESULTS)
    folder.mkdir(parents=True, exist_ok=True)
    about = _about(matcher, register, listed, amounts)
    if read_json(folder / "run.json") != about:
        # First goes what says whose results these are: nobody takes the rest for whole if this is interrupted.
        (folder / "run.json").unlink(missing_ok=True)
        for stale in sorted(folder.iterdir()):
            if RESULTS.names.fullmatch(stale.name) and stale.is_dir():
                shutil.rmtree(stale)
            elif RESULTS.names.fullmatch(stale.name):
                stale.unlink()
        write_json(folder / "run.json", about)
    return about


def match_segment(
    matcher: Matcher,
    segment: Segment,
    encoding: Encoding,
    folder: Path,
    number: int,
    *,
    listed: Collection[State] = LISTED,
    amounts: bool = True,
    threads: int = 1,
) -> Summary:
    """Match one segment, the `number`th of its register counted from 0, and write its files; the counts come last."""
    wanted = {*listed, State.MET} if amounts else set(listed)
    matches = matcher.segment(segment, encoding, listed=wanted, threads=threads)
    figures = _write_segment(matches, folder, number, listed, amounts)
    write_json(_counts_file(folder, number), figures)
    return _summary(figures)


def read_counts(folder: Path, number: int) -> Summary | None:
    """The figures of a segment whose results are there; None when they are not."""
    figures = read_json(_counts_file(folder, number))
    return _summary(figures) if figures else None


def finish_run(matcher: Matcher, summaries: Collection[Summary], folder: Path) -> Summary:
    """Write the figures of all segments together."""
    summary = add(summaries, matcher.rules)
    _write(folder / "summary.parquet", pa.Table.from_pylist([asdict(each) for each in summary.rules]))
    return summary


def _counts_file(folder: Path, number: int) -> Path:
    return folder / f"counts-{number:05d}.json"


def _summary(figures: dict[str, Any]) -> Summary:
    return Summary(figures["enterprises"], tuple(RuleCount(**each) for each in figures["rules"]))


def _about(matcher: Matcher, register: Register, listed: Collection[State], amounts: bool) -> dict[str, Any]:
    return {
        "rules": [{"id": rule.id, "version": rule.version, "hash": content_hash(rule)} for rule in matcher.rules],
        "catalogue": catalogue_hash(matcher.catalogue),
        "register": [[each.folder.name, each.rows, each.source_hash] for each in register.segments],
        "fact_date": matcher.fact_date.isoformat(),
        "listed": sorted(listed),
        "amounts": amounts,
    }


def _write_segment(
    matches: Matches, folder: Path, number: int, listed: Collection[State], amounts: bool
) -> dict[str, Any]:
    """Write the lists of one segment; gives its figures."""
    _write_lists(matches, folder / f"matches-{number:05d}.parquet", listed)
    costs = _write_amounts(matches, folder / f"amounts-{number:05d}.parquet") if amounts else {}
    rules = [asdict(each) | costs.get(place, {}) for place, each in enumerate(count_rules(matches))]
    return {"enterprises": matches.enterprises, "rules": rules}


def count_rules(matches: Matches) -> list[RuleCount]:
    """The figures of all rules, without costs."""
    figures = []
    for place, rule in enumerate(matches.matcher.rules):
        met, unmet, unknown, manual, nothing = (matches.count(place, state) for state in State)
        figures.append(RuleCount(rule.id, rule.version, rule.title, met, unknown, manual, nothing, unmet))
    return figures


def add(summaries: Collection[Summary], rules: Collection[Rule]) -> Summary:
    """The figures of several parts together."""
    total = []
    for place, rule in enumerate(rules):
        parts = [each.rules[place] for each in summaries]
        names = ("met", "unknown", "manual", "not_applicable", "unmet", "low", "high")
        sums = {name: sum(getattr(part, name) for part in parts) for name in names}
        total.append(
            RuleCount(rule.id, rule.version, rule.title, **sums, unlimited=any(part.unlimited for part in parts))
        )
    return Summary(sum(each.enterprises for each in summaries), tuple(total))


# ---- files

_MATCHES = pa.schema(
    [
        ("rule", pa.dictionary(pa.int32(), pa.string())),
        ("version", pa.dictionary(pa.int32(), pa.string())),
        ("code", pa.string()),
        ("state", pa.dictionary(pa.int32(), pa.string())),
    ]
)
_AMOUNTS = pa.schema(
    [
        ("rule", pa.dictionary(pa.int32(), pa.string())),
        ("version", pa.dictionary(pa.int32(), pa.string())),
        ("award", pa.dictionary(pa.int32(), pa.string())),
        ("code", pa.string()),
        ("state", pa.dictionary(pa.int32(), pa.string())),
        ("low_fen", pa.decimal128(38)),
        ("high_fen", pa.decimal128(38)),
    ]
)


def _write_lists(matches: Matches, file: Path, listed: Collection[State]) -> None:
    with _Writer(file, _MATCHES) as writer:
        for place, rule in enumerate(matches.matcher.rules):
            for state in sorted(listed):
                codes = matches.codes(matches.places(place, state))
                writer.write([_same(rule.id, codes), _same(rule.version, codes), codes, _same(state.value, codes)])


def _write_amounts(matches: Matches, file: Path) -> dict[int, dict[str, Any]]:
    """The awards of the met, and for each rule with awards their sums."""
    costs: dict[int, dict[str, Any]] = {}
    with _Writer(file, _AMOUNTS) as writer:
        for place, rule in enumerate(matches.matcher.rules):
            if not rule.awards:
                continue
            met = matches.places(place, State.MET)
            codes = matches.codes(met)
            sums = matches.sums(place, met)
            for award, each in zip(rule.awards, sums, strict=True):
                same = [_same(name, codes) for name in (rule.id, rule.version, award.id)]
                low = pa.array(each.low.tolist(), pa.decimal128(38))
                high = pa.array(each.high.tolist(), pa.decimal128(38), mask=each.no_high)
                writer.write([*same, codes, _state_names(each), low, high])
            costs[place] = cost_of(sums)
    return costs


def cost_of(sums: Collection[BulkSum]) -> dict[str, Any]:
    """The sums of some awards: least, most, and whether one has no limit."""
    return {
        "low": sum(sum(each.low.tolist()) for each in sums),
        "high": sum(sum(each.high[~each.no_high].tolist()) for each in sums),
        "unlimited": any(bool(each.no_high.any()) for each in sums),
    }


def _state_names(sums: BulkSum) -> pa.Array:
    names = pa.array([state.value for state in STATES], pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(sums.state.astype(np.int32)), names)


def _same(word: str, like: pa.Array) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(len(like), np.int32)), pa.array([word], pa.string()))


class _Writer:
    """A Parquet file that is there only when it is complete; rows are collected until they are worth writing."""

    def __init__(self, file: Path, schema: pa.Schema) -> None:
        self._file, self._schema = file, schema
        self._work = scratch(file)
        self._waiting: list[pa.RecordBatch] = []
        self._rows = 0

    def __enter__(self) -> _Writer:
        self._writer = pq.ParquetWriter(self._work, self._schema, compression="zstd")
        return self

    def write(self, columns: list[pa.Array]) -> None:
        if len(columns[0]):
            self._waiting.append(pa.RecordBatch.from_arrays(columns, schema=self._schema))
            self._rows += len(columns[0])
        if self._rows >= 1 << 20:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            self._writer.write_table(pa.Table.from_batches(self._waiting).unify_dictionaries())
            self._waiting, self._rows = [], 0

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is None:
            self._flush()
        self._writer.close()
        if kind is None:
            os.replace(self._work, self._file)
        else:
            self._work.unlink(missing_ok=True)


def _write(file: Path, table: pa.Table) -> None:
    work = scratch(file)
    pq.write_table(table, work)
    os.replace(work, file)
