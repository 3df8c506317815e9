"""The made-up register: the same for the same seed, fit for the catalogue, a sensible mix for the library's rules."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from qingdan.rules.catalogue import FieldType, PeriodKind
from qingdan.rules.compiler import compile_rules
from qingdan.rules.compiler.columns import Column, days
from qingdan.rules.compiler.program import Program
from qingdan.rules.errors import RuleError
from qingdan.rules.kernel import answers
from qingdan.rules.language.rule import State
from qingdan.rules.library import catalogue, programmes
from qingdan.rules.register import generate as module
from qingdan.rules.register.credit import credit_codes
from qingdan.rules.register.generate import BLOCK, ROW_GROUP, Generated, generate
from qingdan.rules.register.places import DISTRICTS
from qingdan.rules.store.encode import encode
from qingdan.rules.store.tables import TableBlock, check_columns

ROWS = 20_000
DAY = date(2026, 7, 1)
SMALL = {"rows": 9000, "chunk": 4000}
"""Three parts over two blocks of chance."""

RULES = [each for versions in programmes().values() for each in versions]


def _read(folder: Path) -> pa.Table:
    return pa.concat_tables([pq.read_table(file) for file in sorted(folder.glob("*.parquet"))])


def _files(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("register")
    assert generate(folder, ROWS) == Generated(rows=ROWS, parts=1, kept=0)
    return folder


@pytest.fixture(scope="module")
def table(folder) -> pa.Table:
    return _read(folder)


@pytest.fixture(scope="module")
def program() -> Program:
    return compile_rules(RULES, catalogue(), DAY)


@pytest.fixture(scope="module")
def parts(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("parts")
    assert generate(folder, **SMALL).parts == 3
    return folder


# ---- the files


def test_the_rows_depend_on_the_seed_and_not_on_the_parts(table, parts, tmp_path):
    assert [pq.read_metadata(file).num_rows for file in sorted(parts.glob("*.parquet"))] == [4000, 4000, 1000]
    assert _read(parts).equals(table.slice(0, 9000))
    generate(tmp_path, rows=1000, seed=2)
    other = _read(tmp_path)
    assert other.schema == table.schema
    assert not set(other["code"].to_pylist()) & set(table["code"].to_pylist())
    assert other["revenue@2025"] != table["revenue@2025"].slice(0, 1000)


def test_the_same_seed_gives_the_same_files(parts, tmp_path):
    generate(tmp_path, **SMALL)
    assert _files(tmp_path) == _files(parts)


def test_it_says_that_it_is_made_up(folder):
    about = json.loads((folder / "register.json").read_text("utf-8"))
    assert about["synthetic"] is True
    assert (about["seed"], about["rows"], about["parts"], about["fact_date"]) == (1, ROWS, 1, "2026-07-01")
    metadata = pq.read_metadata(folder / "part-00000.parquet").metadata
    assert "synthetic" in json.loads(metadata[b"qingdan.register"])["note"]


@pytest.mark.parametrize("damage", ["half", "another seed", "half under its temporary name"])
def test_a_run_that_was_stopped_goes_on(parts, tmp_path, damage):
    folder = tmp_path / "register"
    shutil.copytree(parts, folder)
    (folder / "register.json").unlink()
    second, whole = folder / "part-00001.parquet", (parts / "part-00001.parquet").read_bytes()
    second.unlink()
    if damage == "half":
        second.write_bytes(whole[: len(whole) // 2])
    elif damage == "another seed":
        generate(tmp_path / "other", rows=8000, chunk=4000, seed=2)
        shutil.copy(tmp_path / "other" / second.name, second)
    elif damage == "half under its temporary name":
        second.with_name(second.name + ".partial").write_bytes(whole[:1000])
    assert generate(folder, **SMALL).kept == 2
    assert _files(folder) == _files(parts)


def test_a_longer_register_keeps_the_whole_parts_and_a_shorter_one_has_no_more(parts, tmp_path):
    folder = tmp_path / "register"
    shutil.copytree(parts, folder)
    assert generate(folder, rows=8000, chunk=4000) == Generated(rows=8000, parts=2, kept=2)
    assert _read(folder).num_rows == 8000
    done: list[tuple[int, int]] = []
    assert generate(folder, **SMALL, progress=lambda *rows: done.append(rows)).kept == 2
    assert done == [(4000, 9000), (8000, 9000), (9000, 9000)]
    assert _files(folder) == _files(parts)


def test_a_killed_run_leaves_no_part_that_looks_whole(tmp_path, monkeypatch):
    first = module.draw(catalogue(), 1, DAY, 0)

    def draw(catalogue, seed, fact_date, number):
        if number * BLOCK >= ROW_GROUP:  # the first row group is written by then
            raise KeyboardInterrupt
        return first

    with monkeypatch.context() as patched:
        patched.setattr(module, "draw", draw)
        with pytest.raises(KeyboardInterrupt):
            generate(tmp_path, rows=ROW_GROUP + 10)
    assert [file.name for file in tmp_path.iterdir()] == ["part-00000.parquet.partial"]
    assert generate(tmp_path, rows=10) == Generated(rows=10, parts=1, kept=0)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["part-00000.parquet", "register.json"]


def test_tables_that_are_not_made_up_are_left_alone(tmp_path):
    for name in ("enterprises.parquet", "part-00000.parquet"):
        folder = tmp_path / name.partition(".")[0]
        folder.mkdir()
        pq.write_table(pa.table({"code": ["one"]}), folder / name)
        with pytest.raises(RuleError, match=r"not made up|something else"):
            generate(folder, rows=10)
        assert pq.read_table(folder / name).num_rows == 1
        assert len(list(folder.iterdir())) == 1


def test_a_register_made_of_tables_and_a_folder_with_one_more_table_are_left_alone(tmp_path):
    (tmp_path / "register.json").write_text('{"format": 1, "segments": []}')
    with pytest.raises(RuleError, match="something else"):
        generate(tmp_path, rows=10)
    assert json.loads((tmp_path / "register.json").read_text()) == {"format": 1, "segments": []}
    generate(tmp_path / "made", rows=10)
    pq.write_table(pa.table({"code": ["one"]}), tmp_path / "made" / "more.parquet")
    with pytest.raises(RuleError, match="not made up"):
        generate(tmp_path / "made", rows=10)
    assert len(list((tmp_path / "made").iterdir())) == 3


# ---- the columns


def test_every_column_fits_the_catalogue_and_every_field_has_one(table):
    check_columns(table.schema, catalogue())
    block = TableBlock(table, catalogue(), DAY)
    names = {name.partition("@")[0] for name in table.column_names} - {"code"}
    assert names == {each.name for each in catalogue().fields}
    for name in table.column_names[1:]:
        field, _, period = name.partition("@")
        spec = catalogue().field(field)
        if spec.type in (FieldType.CODES, FieldType.STATUSES):
            assert block.lists(Column(field, "")) is not None
        else:
            found = block.values(Column(field, "" if spec.period is PeriodKind.AS_OF else period))
            assert found is not None
            assert table[name].null_count < ROWS


def test_every_fact_that_the_library_asks_for_is_there(table, program):
    block = TableBlock(table, catalogue(), DAY)
    for attribute in program.attributes:
        if hasattr(attribute, "column"):
            assert block.values(attribute.column) is not None, attribute.column


def _check_character(code: str) -> str:
    """The eighteenth character as GB 32100-2015 writes it."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    weights = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
    total = sum(alphabet.index(letter) * weight for letter, weight in zip(code, weights, strict=False))
    return alphabet[(31 - total % 31) % 31]


def test_codes_are_well_formed_and_of_nobody(table):
    # The standard's own example shows that the reckoning above is the standard's.
    assert _check_character("91350100M000100Y4") == "3"
    codes = table["code"].to_pylist()
    assert len(set(codes)) == ROWS
    for code in codes[:2000]:
        assert len(code) == 18
        assert code[:5] == "91510"
        assert code[8:10] == "XX" and code[16] == "Y"
        assert code[17] == _check_character(code)
    places = dict(zip(codes, table["district"].to_pylist(), strict=True))
    assert {code[2:8] for code, place in places.items() if place == "510107"} == {"510107"}
    assert {code[2:8] for code, place in places.items() if place == "510100-gaoxin"} == {"510100"}


def test_codes_stay_different_far_along_and_end_somewhere():
    divisions = np.full(1000, 510107)
    early, late = credit_codes(0, divisions, 1), credit_codes(31**6 - 1000, divisions, 1)
    assert len(set(early.to_pylist()) | set(late.to_pylist())) == 2000
    with pytest.raises(RuleError, match="more than"):
        credit_codes(31**6 - 999, divisions, 1)


# ---- how the facts hang together


def _share(table: pa.Table, name: str, value: object) -> float:
    return pc.mean(pc.equal(table[name], value).cast(pa.int8())).as_py()


def _numbers(table: pa.Table, *names: str) -> list[np.ndarray]:
    """Columns where all of them are known."""
    known = table.select(names).drop_null()
    return [known[name].to_numpy().astype(float) for name in names]


def _in(table: pa.Table, name: str, codes: list[str]) -> pa.Table:
    return table.filter(pc.is_in(table[name].cast(pa.string()), pa.array(codes)))


def _by_division(table: pa.Table, prefix: str) -> float:
    return pc.mean(pc.starts_with(table["industry"].cast(pa.string()), prefix).cast(pa.int8())).as_py()


def test_districts_and_industries_have_their_shares(table):
    for district, weight in DISTRICTS.items():
        assert _share(table, "district", district) == pytest.approx(weight / 100, rel=0.35)
    assert len(DISTRICTS) == 23
    gaoxin, pidu, longquan = (_in(table, "district", [code]) for code in ("510100-gaoxin", "510117", "510112"))
    assert _by_division(gaoxin, "65") > 1.5 * _by_division(table, "65")
    assert _by_division(pidu, "39") > 2 * _by_division(table, "39")
    assert _by_division(longquan, "36") > 2 * _by_division(table, "36")
    assert 0.1 < _by_division(table, "52") < 0.25
    tree = catalogue().tree_of("industry")
    parents = {each.parent for each in tree.codes}
    assert not set(table["industry"].unique().to_pylist()) & parents


def test_sizes_are_consistent_and_most_are_small(table):
    micro, small, medium, large = (_share(table, "size_class", each) for each in ("micro", "small", "medium", "large"))
    assert micro > 0.5 > small > medium > large > 0
    software = _in(table, "industry", ["651", "652", "653", "654", "655", "656", "657", "659"])
    some = software.select(["size_class", "employees@2025-12-31", "revenue@2025"]).drop_null().to_pylist()
    for row in some:
        staff, revenue = row["employees@2025-12-31"], row["revenue@2025"]
        limits = ((300, 10_000, "large"), (100, 1000, "medium"), (10, 50, "small"), (0, 0, "micro"))
        wanted = next(size for least, money, size in limits if staff >= least and revenue >= money * 1_000_000)
        assert row["size_class"] == wanted


def test_figures_go_together(table):
    revenue, staff = _numbers(
        table.filter(pc.greater(table["revenue@2025"], 0)), "revenue@2025", "employees@2025-12-31"
    )
    assert np.corrcoef(np.log(revenue), np.log(staff))[0, 1] > 0.6
    first, second, third = _numbers(table, "revenue@2023", "revenue@2024", "revenue@2025")
    grown = (first > 0) & (second > 0) & (third > 0)
    growth = np.log(second[grown] / first[grown]), np.log(third[grown] / second[grown])
    assert 0.1 < np.corrcoef(*(np.clip(each, -1, 1) for each in growth))[0, 1] < 0.9
    spent, domestic, deductible = _numbers(table, "rd_expense@2025", "rd_expense_domestic@2025", "rd_deductible@2025")
    assert (domestic <= spent).all() and (deductible <= spent).all()
    assert 0.5 < (spent == 0).mean() < 0.9
    revenue, main = _numbers(table, "revenue@2025", "main_revenue@2025")
    assert (main <= revenue).all()
    patents, own, expense = _numbers(table, "invention_patents", "class_one_own", "rd_expense@2025")
    assert (own <= patents).all()
    assert patents[expense > 0].mean() > 5 * patents[expense == 0].mean()
    revenue, tax, income = _numbers(table, "revenue@2025", "tax_paid@2025", "taxable_income@2025")
    assert (tax <= 0.25 * income + 0.03 * revenue + 1).all()


def test_small_enterprises_leave_more_out(table):
    listed, others = table.filter(table["above_scale"]), table.filter(pc.invert(table["above_scale"]))
    missing = {name: table[name].null_count / ROWS for name in table.column_names}
    assert missing["code"] == 0
    assert missing["founded"] < 0.05 < missing["employees@2025-12-31"] < 0.3
    assert missing["monthly_output@2026-06"] > 0.9
    for name in ("rd_expense@2025", "main_revenue@2025", "employees@2025-12-31", "certificates"):
        assert listed[name].null_count / len(listed) < others[name].null_count / len(others)
    assert others["monthly_output@2026-06"].null_count == len(others)


def test_some_values_lie_exactly_at_thresholds(table):
    wan = 1_000_000
    for amount in (500, 2000, 5000):
        revenue = table["revenue@2025"]
        assert pc.sum(pc.equal(revenue, amount * wan)).as_py() > 3
        assert pc.sum(pc.is_in(revenue, pa.array([amount * wan - 1, amount * wan + 1]))).as_py() > 0
    revenue, spent = _numbers(table, "revenue@2025", "rd_expense@2025")
    for per_cent in (3, 4, 5, 6, 10):
        assert ((spent * 100 == revenue * per_cent) & (spent > 0)).sum() > 3
    before, now = _numbers(table, "revenue@2024", "revenue@2025")
    assert ((now * 100 == before * 105) & (now > 0)).sum() > 3
    assert pc.sum(pc.equal(table["founded"], date(2021, 7, 1))).as_py() > 3
    staff, technical = _numbers(table, "employees@2025-12-31", "tech_staff@2025-12-31")
    assert ((technical * 10 == staff) & (staff > 0)).sum() > 3


def test_titles_follow_from_the_facts_and_have_days_that_can_be(table):
    today = days(DAY)
    held = {}
    for row, statuses in enumerate(table["titles"].to_pylist()):
        for each in statuses or ():
            held.setdefault(each["code"], set()).add(row)
            assert days(each["start"]) <= today
            assert each["end"] is None or each["start"] <= each["end"]
    assert len(held["high_tech"]) > 10 * len(held["little_giant"]) > 0
    assert held["little_giant"] <= held["specialised_sme"]
    revenue, spent = (table[name].to_pylist() for name in ("revenue@2025", "rd_expense@2025"))
    known = [row for row in range(ROWS) if revenue[row] and spent[row] is not None]
    invests = {row for row in known if spent[row] * 100 >= 3 * revenue[row]}
    high_tech = held["high_tech"] & set(known)
    assert len(high_tech & invests) > 0.8 * len(high_tech)
    founded = table["founded"].to_pylist()
    for statuses, day in zip(table["records"].to_pylist(), founded, strict=True):
        assert all(day is None or each["start"] >= day for each in statuses or ())


# ---- what the library says of it


def test_the_programmes_have_somebody_of_every_kind(table, program):
    tiles = encode(program, TableBlock(table, catalogue(), DAY))
    found = answers.run(program, tiles, np.arange(tiles.shape[1], dtype=np.uint32), ROWS, listed=(), fast=False)
    mixed = [
        rule.id
        for place, rule in enumerate(RULES)
        if all(found.count(place, state) for state in (State.MET, State.UNMET, State.UNKNOWN))
    ]
    assert len(mixed) * 2 >= len(RULES)
    assert len(set(mixed)) * 2 >= len(programmes())
    assert {"high_tech", "tech_sme", "specialised_sme", "small_profit", "job_stability", "rd_deduction"} <= set(mixed)
