"""Rules against registers: tables, segments on disk, results as files, and what is refused."""

from __future__ import annotations

import random
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from qingdan.rules import library
from qingdan.rules.errors import RuleError
from qingdan.rules.evaluate import Facts, explain
from qingdan.rules.language.rule import State
from qingdan.rules.match import Matcher, match_register
from qingdan.rules.match import results as results_module
from qingdan.rules.store import Register, build_register
from qingdan.rules.store import register as register_module
from tests.rules.tables import table_of

DAY = date(2026, 7, 1)
CATALOGUE = library.catalogue()
RULES = [versions[-1] for versions in library.programmes().values()]


def _enterprises(count: int, seed: int) -> list[Facts]:
    """Enterprises near the starter library's own examples: their facts, with some left out or taken from others."""
    rng = random.Random(seed)
    given = [Facts.given(CATALOGUE, test.facts) for rule in RULES for test in rule.tests]
    made = []
    for _ in range(count):
        values = {}
        for facts in rng.sample(given, 3):
            values |= {key: value for key, value in facts.values.items() if rng.random() < 0.9}
        made.append(Facts(values))
    return made


ROWS = 160
ENTERPRISES = _enterprises(ROWS, 1)


@pytest.fixture(scope="module")
def table():
    return table_of(CATALOGUE, ENTERPRISES)


@pytest.fixture
def source(tmp_path, table):
    file = tmp_path / "part-0.parquet"
    pq.write_table(table, file, row_group_size=40)
    return file


@pytest.fixture
def register(tmp_path, source):
    return build_register([source], tmp_path / "register", CATALOGUE, segment_rows=80)


@pytest.fixture(scope="module")
def expected():
    """Every rule for every enterprise by the evaluator."""
    return [[explain(rule, facts, CATALOGUE, DAY) for facts in ENTERPRISES] for rule in RULES]


@pytest.mark.parametrize("fast", [True, False])
def test_the_starter_library_gives_the_evaluators_states(table, expected, fast):
    matches = Matcher(RULES, CATALOGUE, DAY).table(table, listed=frozenset(State), fast=fast)
    for place, outcomes in enumerate(expected):
        states = [outcome.state for outcome in outcomes]
        for state in State:
            assert matches.count(place, state) == states.count(state)
            assert matches.places(place, state).tolist() == [i for i, each in enumerate(states) if each is state]


def test_a_register_is_matched_into_files_with_amounts(register, expected, tmp_path):
    assert [segment.rows for segment in register.segments] == [80, 80]
    seen = []
    summary = match_register(
        Matcher(RULES, CATALOGUE, DAY), register, tmp_path / "out", progress=lambda *each: seen.append(each)
    )
    assert seen == [(80, 160), (160, 160)]
    lists, sums = (
        pa.concat_tables(pq.read_table(file) for file in sorted((tmp_path / "out").glob(f"{name}-*"))).to_pylist()
        for name in ("matches", "amounts")
    )
    found = {(each["rule"], each["code"]): each["state"] for each in lists}
    amounts = {(each["rule"], each["award"], each["code"]): each for each in sums}
    for rule, outcomes, figures in zip(RULES, expected, summary.rules, strict=True):
        assert figures.met == sum(outcome.state is State.MET for outcome in outcomes)
        low = 0
        for place, outcome in enumerate(outcomes):
            code = f"E{place:06d}"
            listed = outcome.state.value if outcome.state in (State.MET, State.UNKNOWN) else None
            assert found.get((rule.id, code)) == listed
            for award in outcome.awards if outcome.state is State.MET else ():
                each = amounts.pop((rule.id, award.award.id, code))
                assert (each["state"], each["low_fen"]) == (award.if_met.state.value, award.if_met.low)
                assert each["high_fen"] == award.if_met.high
                low += award.if_met.low
        assert figures.low == low
    assert not amounts
    assert pq.read_table(tmp_path / "out" / "summary.parquet").num_rows == len(RULES)


def test_a_run_goes_on_where_it_stopped(register, tmp_path, monkeypatch):
    matcher = Matcher(RULES[:5], CATALOGUE, DAY)
    whole = match_register(matcher, register, tmp_path / "whole")

    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        match_register(matcher, register, tmp_path / "out", progress=stop)
    monkeypatch.setattr(results_module, "_write_lists", _once_for(results_module._write_lists, {1}))
    assert match_register(matcher, register, tmp_path / "out") == whole
    for name in ("matches-00000", "matches-00001", "amounts-00001"):
        assert pq.read_table(tmp_path / "out" / f"{name}.parquet") == pq.read_table(
            tmp_path / "whole" / f"{name}.parquet"
        )


def _once_for(function, numbers):
    """The function, which may be asked for the segments in `numbers` only."""

    def checked(matches, file, listed):
        assert int(file.stem[-5:]) in numbers
        return function(matches, file, listed)

    return checked


def test_other_rules_replace_what_a_former_run_left(register, tmp_path):
    match_register(Matcher(RULES[:2], CATALOGUE, DAY), register, tmp_path / "out")
    summary = match_register(Matcher(RULES[2:5], CATALOGUE, DAY), register, tmp_path / "out")
    assert [each.rule for each in summary.rules] == [rule.id for rule in RULES[2:5]]
    matched = set(pq.read_table(tmp_path / "out" / "matches-00000.parquet")["rule"].to_pylist())
    assert matched <= {rule.id for rule in RULES[2:5]}


def test_sorting_moves_enterprises_and_changes_nothing_else(tmp_path, source, register):
    sorted_ = build_register([source], tmp_path / "sorted", CATALOGUE, sort_by=["district"])
    matcher = Matcher(RULES, CATALOGUE, DAY)
    plain = match_register(matcher, register, tmp_path / "a")
    assert match_register(matcher, sorted_, tmp_path / "b") == plain
    codes = [
        {
            (each["rule"], each["code"], each["state"])
            for file in (tmp_path / folder).glob("matches-*")
            for each in pq.read_table(file).to_pylist()
        }
        for folder in "ab"
    ]
    assert codes[0] == codes[1]


def test_a_register_is_made_once_and_completed_when_interrupted(tmp_path, source, monkeypatch):
    folder = tmp_path / "register"
    made = []
    real = register_module._make_segment

    def counted(target, *rest):
        made.append(target.name)
        if made == ["segment-00000", "segment-00001"]:
            raise KeyboardInterrupt
        real(target, *rest)

    monkeypatch.setattr(register_module, "_make_segment", counted)
    with pytest.raises(KeyboardInterrupt):
        build_register([source], folder, CATALOGUE, segment_rows=40)
    assert sorted(path.name for path in folder.iterdir()) == ["segment-00000"]
    with pytest.raises(RuleError, match="没有企业登记库"):
        Register.open(folder)
    register = build_register([source], folder, CATALOGUE, segment_rows=40)
    assert made[2:] == ["segment-00001", "segment-00002", "segment-00003"]
    assert register.rows == ROWS
    assert Register.open(folder).catalogue == CATALOGUE


def test_an_edited_rule_uses_the_tiles_that_are_there(register):
    matcher = Matcher(RULES, CATALOGUE, DAY)
    encoding = register.encoding(matcher.program, DAY)
    segment = register.segments[0]
    segment.tiles(encoding)
    for rule in RULES:
        alone = Matcher([rule], CATALOGUE, DAY, known=encoding.attributes)
        assert set(alone.program.attributes) <= set(encoding.attributes)
        whole = matcher.segment(segment, encoding, listed=frozenset(State))
        one = alone.segment(segment, encoding, listed=frozenset(State))
        place = RULES.index(rule)
        for state in State:
            assert one.count(0, state) == whole.count(place, state)
    assert len(list(segment.folder.glob("tiles-*.npy"))) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.append_column("revenu@2025", pa.array([1] * ROWS)), "revenu@2025：没有名为“revenu”的字段"),
        (lambda t: t.append_column("revenue@2031-5", pa.array([1] * ROWS)), "期间“2031-5”不对"),
        (lambda t: _put(t, "revenue@2025", pa.array([1.5] * ROWS)), "列的类型 double 不适合"),
        (lambda t: _put(t, "founded", pa.array(["2020-01-01"] * ROWS)), "列的类型 string 不适合"),
        (lambda t: _put(t, "industry", pa.array(["39"] * (ROWS - 1) + ["XX"])), "第160行 industry：没有名为“XX”的"),
        (lambda t: t.drop_columns(["code"]), "没有企业代码列"),
        (lambda t: _put(t, "code", pa.array(["A"] * ROWS)), "企业代码缺失或重复"),
        (lambda t: _put(t, "code", pa.array([None] + ["A"] + [str(i) for i in range(ROWS - 2)])), "企业代码缺失或重复"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(tmp_path, table, change, words):
    file = tmp_path / "bad.parquet"
    pq.write_table(change(table), file)
    with pytest.raises(RuleError) as refused:
        build_register([file], tmp_path / "register", CATALOGUE)
    assert words in refused.value.chinese and "bad.parquet" in refused.value.english
    assert not (tmp_path / "register" / "register.json").exists()
    assert not list((tmp_path / "register").glob("segment-*")) if (tmp_path / "register").exists() else True


def _put(table, name, column):
    place = table.column_names.index(name) if name in table.column_names else table.num_columns
    return table.set_column(place, name, column) if place < table.num_columns else table.append_column(name, column)


def test_a_truncated_file_leaves_nothing_behind(tmp_path, source):
    source.write_bytes(source.read_bytes()[:-2000])
    with pytest.raises(RuleError, match="不完整"):
        build_register([source], tmp_path / "register", CATALOGUE)
    with pytest.raises(RuleError, match="文件不存在"):
        build_register([tmp_path / "none.parquet"], tmp_path / "register", CATALOGUE)
    assert not list(tmp_path.glob("register/*"))


def test_a_value_outside_of_its_range_is_refused(tmp_path, table):
    spec = next(each for each in CATALOGUE.fields if each.minimum is not None and each.period == "year")
    bad = pa.array([-(10**6)] + [None] * (ROWS - 1), pa.int64())
    file = tmp_path / "bad.parquet"
    pq.write_table(_put(table, f"{spec.name}@2025", bad), file)
    with pytest.raises(RuleError, match="超出"):
        build_register([file], tmp_path / "register", CATALOGUE)


def test_decimals_are_taken_in_the_fields_unit(table):
    """12.34 元 is 1234 fen, to the fen."""
    from decimal import Decimal

    rows = [Decimal("15000000.00"), Decimal("14999999.99"), None]
    plain = pa.table({"code": ["a", "b", "c"], "revenue@2025": pa.array([1_500_000_000, 1_499_999_999, None])})
    decimal = pa.table({"code": ["a", "b", "c"], "revenue@2025": pa.array(rows, pa.decimal128(20, 2))})
    matcher = Matcher(RULES, CATALOGUE, DAY)
    counts = [matcher.table(each).answers.counts.tolist() for each in (plain, decimal)]
    assert counts[0] == counts[1]
    finer = pa.table({"code": ["a"], "revenue@2025": pa.array([Decimal("1.001")], pa.decimal128(20, 3))})
    with pytest.raises(RuleError, match="最小单位"):
        matcher.table(finer)
