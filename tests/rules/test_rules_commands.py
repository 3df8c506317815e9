"""The rule engine's commands, driven as `qd` drives them, on a small made-up register."""

from __future__ import annotations

import io
import json
import re
import shutil
import sys
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from qingdan.cli import main
from qingdan.rules import library
from qingdan.rules.commands.terminal import Bar, table, width
from qingdan.rules.evaluate import Facts, explain
from qingdan.rules.forms import dump_json, dump_sentence, dump_yaml
from qingdan.rules.language.rule import ApplicationKind, choose_version
from qingdan.rules.match import results as results_module
from qingdan.rules.register.generate import generate
from qingdan.rules.store import Register, build_register
from qingdan.rules.store.facts import facts_in_register, facts_of
from tests.rules import random_register
from tests.rules.tables import table_of

ROWS = 2_000
DAY = date(2026, 7, 1)
ON = ("--on", DAY.isoformat())
CATALOGUE = library.catalogue()
NAMES = ("innovation_voucher", "job_stability", "specialised_sme", "small_profit")


@pytest.fixture(scope="module")
def parquet(tmp_path_factory):
    """Two Parquet files of made-up enterprises, so that a register of them has two segments."""
    folder = tmp_path_factory.mktemp("made") / "parquet"
    generate(folder, ROWS, 1, chunk=ROWS // 2)
    return folder


@pytest.fixture(scope="module")
def register(parquet):
    built = build_register(sorted(parquet.glob("*.parquet")), parquet.parent / "register", CATALOGUE)
    return built.folder


@pytest.fixture(scope="module")
def rules(tmp_path_factory):
    """A folder with all versions of some rules, in three written forms."""
    folder = tmp_path_factory.mktemp("rules")
    for name in NAMES:
        for number, rule in enumerate(library.programmes()[name]):
            form, end = [(dump_yaml, "yaml"), (dump_json, "json"), (_sentence, "txt")][number % 3]
            (folder / f"{name}_{number}.{end}").write_text(form(rule), "utf-8")
    return folder


@pytest.fixture(scope="module")
def given(rules, register):
    """The rules and the register, as `qd match` and `qd whatif` take them."""
    return rules, register


def _sentence(rule):
    return dump_sentence(rule, CATALOGUE)


@pytest.fixture
def qd(capsys):
    """Run a command: its exit status, what it printed and what it said beside it."""

    def run(*words):
        capsys.readouterr()
        status = main([str(word) for word in words])
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


@pytest.fixture
def refused(qd):
    """A command that must fail with place, reason and remedy, each of them in Chinese and English."""

    def run(*words):
        status, out, err = qd(*words)
        assert status == 1
        for mark in ("位置 (place):", "原因 (reason):", "处理 (remedy):"):
            assert mark in err
        assert "(" in err.split("原因 (reason):")[1]
        return out + err

    return run


# ---- registers


def test_generate_build_and_info(qd, refused, tmp_path):
    status, out, _ = qd("register", "generate", tmp_path / "made", "--rows", 50, "--seed", 3)
    assert status == 0 and "50" in out
    status, out, err = qd("register", "generate", tmp_path / "made", "--rows", 50, "--seed", 3)
    assert status == 0 and "已有" in out and "[" not in err  # no bar where nobody watches
    status, out, _ = qd(
        "register", "build", tmp_path / "made", "--into", tmp_path / "r", "--sort-by", "district,founded"
    )
    assert status == 0 and Register.open(tmp_path / "r").rows == 50
    assert "须大于 0" in refused("register", "generate", tmp_path / "none", "--rows", 0)
    status, out, _ = qd("register", "info", tmp_path / "r")
    assert status == 0
    facts = Register.open(tmp_path / "r").segments[0].facts
    missing = {line.split()[0]: float(line.split()[-2]) for line in out.splitlines() if line.endswith("%")}
    assert set(missing) == set(facts.column_names)
    assert missing["district"] == 100 * facts.column("district").null_count / 50
    assert missing["code"] == 0


def test_segments_are_as_large_as_wanted(qd, refused, parquet, tmp_path):
    source = tmp_path / "fifty.parquet"
    pq.write_table(pq.read_table(parquet / "part-00000.parquet").slice(0, 50), source, row_group_size=10)
    words = ("register", "build", source, "--into", tmp_path / "r", "--segment-rows")
    assert "--segment-rows" in refused(*words, 0) and not (tmp_path / "r").exists()
    assert qd(*words, 20)[0] == 0
    assert [each.rows for each in Register.open(tmp_path / "r").segments] == [20, 20, 10]


def test_a_register_says_what_it_was_built_with(qd, refused, tmp_path, register):
    _, out, _ = qd("register", "info", register)
    assert json.loads((register / "register.json").read_text("utf-8"))["catalogue"] in out
    assert "没有企业登记库" in refused("register", "info", tmp_path)


# ---- matching


@pytest.fixture(scope="module")
def matched(register, rules, tmp_path_factory):
    """The results of the rules of the folder, and what the run printed."""
    folder = tmp_path_factory.mktemp("matched") / "out"
    said, sys.stdout = sys.stdout, io.StringIO()
    try:
        assert main(["match", str(rules), str(register), "--into", str(folder), *ON]) == 0
        return folder, sys.stdout.getvalue()
    finally:
        sys.stdout = said


def _lists(folder, name="matches"):
    return pa.concat_tables(pq.read_table(file) for file in sorted(folder.glob(f"{name}-*"))).to_pylist()


def test_the_table_shows_what_the_files_hold(matched):
    folder, out = matched
    found = _lists(folder)
    summary = {each["rule"]: each for each in pq.read_table(folder / "summary.parquet").to_pylist()}
    assert sorted(summary) == sorted(NAMES)
    for name, each in summary.items():
        line = next(line for line in out.splitlines() if line.startswith(name))
        counts = [each["met"], each["unknown"], each["manual"], each["unmet"]]
        assert sum(counts) == ROWS
        assert [f"{count:,}" for count in counts] == line.split()[2:6]
        for state in ("met", "unknown"):
            assert each[state] == sum(row["rule"] == name and row["state"] == state for row in found)
    voucher = sum(row["high_fen"] for row in _lists(folder, "amounts") if row["rule"] == "innovation_voucher")
    assert voucher == summary["innovation_voucher"]["high"] > 0


def test_the_explanation_of_an_enterprise_says_what_the_match_found(qd, matched, register, rules):
    found = _lists(matched[0])
    for name in NAMES:
        for state in ("met", "unknown"):
            code = next((row["code"] for row in found if (row["rule"], row["state"]) == (name, state)), None)
            if code is None:
                continue
            status, out, _ = qd("explain", code, name, "--register", register, *ON, "--as", "json")
            data = json.loads(out)
            assert status == 0 and (data["code"], data["rule"], data["state"]) == (code, name, state)


def test_parquet_files_are_matched_without_a_register_left_behind(qd, parquet, rules, matched, tmp_path):
    status, out, _ = qd("match", rules, parquet, "--into", tmp_path / "out", *ON)
    assert status == 0
    assert out.splitlines()[:-1] == matched[1].splitlines()[:-1]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_kinds_lists_and_amounts_can_be_chosen(qd, register, rules, tmp_path):
    words = ("--kind", "any", "--list", "manual", "--no-amounts", "--threads", 1)
    status, out, _ = qd("match", rules, register, "--into", tmp_path / "out", *ON, *words)
    assert status == 0 and "cost" not in out
    assert not list(tmp_path.glob("out/amounts-*"))
    assert {row["state"] for row in _lists(tmp_path / "out")} <= {"manual"}
    versions = {each["version"] for each in pq.read_table(tmp_path / "out" / "summary.parquet").to_pylist()}
    chosen = [
        choose_version(library.programmes()[name], DAY, kind)
        for name in NAMES
        for kind in (ApplicationKind.FIRST, ApplicationKind.RENEWAL)
    ]
    assert versions == {rule.version for rule in chosen}
    assert out.count("\nspecialised_sme") == 2


def test_an_interrupted_match_says_so_and_goes_on(qd, given, matched, tmp_path, monkeypatch):
    real, asked = results_module._write_lists, []

    def once(matches, file, listed):
        asked.append(file.name)
        if len(asked) == 2:
            raise KeyboardInterrupt
        real(matches, file, listed)

    monkeypatch.setattr(results_module, "_write_lists", once)
    words = ("match", *given, "--into", tmp_path / "out", *ON)
    status, _, err = qd(*words)
    assert status == 130 and "接着做" in err
    status, out, err = qd(*words)
    assert status == 0 and "其中 1 段已有结果" in err
    assert asked == ["matches-00000.parquet", "matches-00001.parquet", "matches-00001.parquet"]
    assert out.splitlines()[:-1] == matched[1].splitlines()[:-1]


def test_rules_that_are_not_in_force_are_named(qd, refused, register, rules, tmp_path):
    status, out, err = qd("match", rules, register, "--into", tmp_path / "out", "--on", "2025-03-01", "--no-amounts")
    assert status == 0 and "略去" in err and "innovation_voucher" in err and "\ninnovation_voucher" not in out
    assert "没有一条规则有效" in refused("match", rules, register, "--into", tmp_path / "no", "--on", "1990-01-01")
    assert not (tmp_path / "no").exists()


# ---- one enterprise


FACTS = """\
district: "510107"
titles: [{code: tech_sme, start: "2026-01-01", end: "2026-12-31"}]
technology_services@2026: 12.34 万元
"""


@pytest.fixture
def facts_file(tmp_path):
    file = tmp_path / "facts.yaml"
    file.write_text(FACTS, "utf-8")
    return file


def test_explain_from_a_file_in_three_forms(qd, facts_file):
    words = ("explain", "E1", "innovation_voucher", "--facts", facts_file, *ON)
    status, text, _ = qd(*words)
    assert status == 0 and text.startswith("E1\n科技创新券") and "符合" in text and "2.468 万元" in text
    data = json.loads(qd(*words, "--as", "json")[1])
    assert data["state"] == "met" and data["awards"][0]["id"] == "voucher"
    assert qd(*words, "--as", "html")[1].startswith("<section")


def test_explain_reads_a_rule_file_and_facts_in_json(qd, rules, tmp_path):
    file = tmp_path / "facts.json"
    file.write_text('{"district": "510107", "technology_services@2026": "0 元"}', "utf-8")
    status, out, _ = qd("explain", "E1", rules / "innovation_voucher_0.yaml", "--facts", file, *ON, "--as", "json")
    assert status == 0 and json.loads(out)["state"] == "unmet"


def test_near_miss_says_what_is_lacking(qd, tmp_path, facts_file):
    facts_file.write_text(FACTS.replace("12.34 万元", "0 元"), "utf-8")
    status, out, _ = qd("nearmiss", "E1", "innovation_voucher", "--facts", facts_file, *ON)
    assert status == 0 and "还差 1 项" in out and "科技服务" in out
    data = json.loads(qd("nearmiss", "E1", "innovation_voucher", "--facts", facts_file, *ON, "--as", "json")[1])
    assert data["by_own_means"] and [each["fact"] for each in data["proposals"][0]["changes"]] == [
        "technology_services@2026"
    ]


def test_a_register_and_its_parquet_files_say_the_same_of_an_enterprise(qd, parquet, register):
    code = pq.read_table(parquet / "part-00001.parquet", columns=["code"])["code"][7].as_py()
    said = [qd("explain", code, "specialised_sme", "--register", place, *ON) for place in (register, parquet)]
    assert said[0] == said[1] and said[0][0] == 0
    table_ = pq.read_table(parquet / "part-00001.parquet")
    facts = facts_of(table_, 7, CATALOGUE)
    assert facts == facts_in_register(Register.open(register), code)
    rule = choose_version(library.programmes()["specialised_sme"], DAY, ApplicationKind.FIRST)
    assert explain(rule, facts, CATALOGUE, DAY).as_text() in said[0][1]


def test_facts_come_back_from_a_table_as_they_went_in():
    examples = [test for versions in library.programmes().values() for rule in versions for test in rule.tests]
    enterprises = [Facts.given(CATALOGUE, test.facts) for test in examples]
    made = table_of(CATALOGUE, enterprises)
    assert [facts_of(made, row, CATALOGUE) for row in range(made.num_rows)] == enterprises


def test_decimals_come_back_in_steps():
    made = pa.table(
        {
            "code": ["A"],
            "revenue@2025": pa.array([Decimal("12.34")], pa.decimal128(20, 2)),
            "specialised_score": pa.array([Decimal("61.5")], pa.decimal128(20, 1)),
        }
    )
    assert facts_of(made, 0, CATALOGUE).values == {("revenue", "2025"): 1234, ("specialised_score", ""): 615}


# ---- what if


@pytest.fixture
def edit(tmp_path):
    text = dump_yaml(library.programmes()["innovation_voucher"][0])
    file = tmp_path / "edit.yaml"
    file.write_text(re.sub(r"\n *- high_tech\n", "\n", text.replace("cap: 10 万元", "cap: 5 万元"), count=1), "utf-8")
    return file


def test_what_if_shows_who_loses_and_what_it_saves(qd, given, matched, edit, tmp_path):
    status, out, _ = qd("whatif", *given, "--edit", edit, *ON, "--by", "district,size_class:2")
    assert status == 0
    edited = tmp_path / "edited"
    edited.mkdir()
    shutil.copy(edit, edited)
    assert main(["match", str(edited), str(given[1]), "--into", str(tmp_path / "after"), *ON, "--unsound"]) == 0
    now = {row["code"] for row in _lists(matched[0]) if (row["rule"], row["state"]) == ("innovation_voucher", "met")}
    then = {row["code"] for row in _lists(tmp_path / "after") if row["state"] == "met"}
    assert f"新增 (gained): {len(then - now)}  减少 (lost): {len(now - then)}" in out and now - then
    assert "510107" in out and "micro" in out


@pytest.mark.parametrize("share", [("pro-rata",), ("first-come",), ("score", "--share-by", "specialised_score")])
def test_a_budget_is_shared_out_to_the_fen(qd, given, edit, share):
    status, out, _ = qd("whatif", *given, "--edit", edit, *ON, "--limit", "3.21 万元", "--share", *share)
    assert status == 0 and "分配 (given) 3.21 万元" in out
    shown = [int(number) for number in _numbers(out)]
    assert qd("match", edit, given[1], "--into", edit.parent / "after", *ON, "--unsound")[0] == 0
    asked = {row["code"]: int(row["high_fen"]) for row in _lists(edit.parent / "after", "amounts")}
    if share == ("pro-rata",):
        assert shown == [0, len(asked), 0]
        return
    column, sign = ("applied", 1) if share == ("first-come",) else ("specialised_score", -1)
    facts = pa.concat_tables(segment.facts for segment in Register.open(given[1]).segments)
    numbers = dict(zip(facts["code"].to_pylist(), facts[column].cast(pa.int32()).to_pylist(), strict=True))
    left, expected = 3_210_000, [0, 0, 0]
    for code in sorted(asked, key=lambda code: (numbers[code] is None, sign * (numbers[code] or 0), code)):
        got = min(left, asked[code])
        expected[0 if got == asked[code] else 1 if got else 2] += 1
        left -= got
    assert shown == expected and expected[0] and expected[2]


def _numbers(out):
    line = next(line for line in out.splitlines() if "全额 (in full)" in line)
    return [word for word in line.split() if word.isdigit()]


def test_what_if_refuses_what_it_cannot_do(refused, register, rules, edit, tmp_path):
    words = ("whatif", rules, register, "--edit", edit, *ON)
    assert "没有货币单位" in refused(*words, "--limit", "5000")
    assert "没有写明按哪一列评分" in refused(*words, "--limit", "1 元", "--share", "score")
    assert "不是日期" in refused(*words, "--limit", "1 元", "--share", "first-come", "--share-by", "specialised_score")
    assert "没有名为“size”的字段" in refused(*words, "--by", "size")
    assert "不能按" in refused(*words, "--by", "founded")
    assert "不是级次" in refused(*words, "--by", "district:x")
    edit.write_text(edit.read_text("utf-8").replace("id: innovation_voucher", "id: other"), "utf-8")
    assert "没有名为“other”" in refused(*words)
    assert "这里没有企业登记库" in refused("whatif", rules, tmp_path, "--edit", edit, *ON)


# ---- rules that are refused


@pytest.fixture
def one_rule(tmp_path):
    """A sound rule in a folder of its own."""
    folder = tmp_path / "one"
    folder.mkdir()
    file = folder / "voucher.yaml"
    file.write_text(dump_yaml(library.programmes()["innovation_voucher"][0]), "utf-8")
    return file


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("id: innov", "include: ../other.yaml\nid: innov"), ["voucher.yaml 第1行 include", "没有名为“include”的项目"]),
        (("id: innov", "include: voucher.yaml\nid: innov"), ["没有名为“include”的项目", "no key named 'include'"]),
        (("technology_services@year-0\n      op", "technology_servces@year-0\n      op"), ["第", "technology_servces"]),
        (("value: 0 元", "value: 0 人"), ["单位不能是“人”", "not measured in '人'", "condition.all[2]"]),
        (("value: 0 元", "value: .nan"), ["“.nan”不是有限的数"]),
        (("value: 0 元", "value: Infinity 元"), ["“Infinity 元”不是有限的数", "not a finite number"]),
        (("rate: 20%", "rate: .inf"), ["“.inf”不是比例"]),
        (("valid_from: '2025-08-27'", "valid_from: '2025-02-30'"), ["“2025-02-30”不是日期", "line 4 valid_from"]),
        (("'510100'", "'990000'"), ["没有名为“990000”的", "condition.all[0]"]),
        (("condition:", "condition: &again"), ["不支持引用"]),
        (("amount: 10 万元", "amount: 9 万元"), ["未通过", "tests[0]", "第"]),
    ],
)
def test_a_rule_that_cannot_be_used_is_refused_with_its_place(refused, register, one_rule, change, words):
    before, after = change
    out = one_rule.parent.parent / "out"
    text = one_rule.read_text("utf-8")
    assert before in text
    one_rule.write_text(text.replace(before, after, 1), "utf-8")
    said = refused("match", one_rule.parent, register, "--into", out, *ON)
    for word in [*words, "voucher.yaml"]:
        assert word in said
    assert not out.exists()


def test_every_fault_is_shown_and_unsound_rules_run_when_wanted(qd, refused, register, one_rule, tmp_path):
    text = one_rule.read_text("utf-8")
    one_rule.write_text(text.replace("amount: 10 万元", "amount: 9 万元").replace("2.468", "2.469"), "utf-8")
    words = ("match", one_rule, register, "--into", tmp_path / "out", *ON)
    said = refused(*words)
    assert "发现 2 处问题" in said and said.count("✗") == 2 and "--unsound" in said
    assert qd(*words, "--unsound")[0] == 0
    one_rule.write_text(text[: text.index("\ntests:")] + "\n", "utf-8")
    assert "没有测试" in refused("match", one_rule, register, "--into", tmp_path / "other", *ON)


def test_every_broken_file_of_a_folder_is_shown(refused, register, one_rule, tmp_path):
    (one_rule.parent / "a.yaml").write_bytes(b"\xff\xfe\x00binary")
    (one_rule.parent / "b.json").write_text('{"id": NaN}', "utf-8")
    (one_rule.parent / "c.txt").write_text("不是规则\n", "utf-8")
    (one_rule.parent / "d.yaml").write_text("id: [", "utf-8")
    said = refused("match", one_rule.parent, register, "--into", tmp_path / "out", *ON)
    assert "发现 4 处问题" in said and "不是 UTF-8 文本" in said and "“NaN”不是有限的数" in said
    for name in ("a.yaml", "b.json", "c.txt 第1行", "d.yaml 第"):
        assert name in said


def test_the_same_rule_twice_is_refused(refused, register, one_rule, tmp_path):
    shutil.copy(one_rule, one_rule.parent / "again.yaml")
    said = refused("match", one_rule.parent, register, "--into", tmp_path / "out", *ON)
    assert "已在" in said and "again.yaml" in said and "voucher.yaml 第3行 version" in said


def test_two_versions_in_force_at_once_are_refused(refused, register, one_rule, tmp_path):
    text = one_rule.read_text("utf-8")
    (one_rule.parent / "second.yaml").write_text(text.replace("version: ", "version: 又一"), "utf-8")
    assert "有多个版本有效" in refused("match", one_rule.parent, register, "--into", tmp_path / "out", *ON)


def test_places_without_rules_or_enterprises_are_refused(refused, register, rules, tmp_path, facts_file):
    empty = tmp_path / "empty"
    empty.mkdir()
    out = ("--into", tmp_path / "out", *ON)
    assert "没有规则文件" in refused("match", empty, register, *out)
    assert "没有这个文件或文件夹" in refused("match", tmp_path / "none", register, *out)
    assert "也没有登记库" in refused("match", rules, empty, *out)
    assert "没有这个文件或文件夹" in refused("match", rules, tmp_path / "none", *out)
    assert "也没有登记库" in refused("register", "build", empty, "--into", tmp_path / "r")
    assert "没有名为“inovation_voucher”的规则" in refused(
        "explain", "E1", "inovation_voucher", "--facts", facts_file, *ON
    )
    assert "这里有多条规则" in refused("explain", "E1", rules, "--facts", facts_file, *ON)
    assert "文件不存在" in refused("explain", "E1", "innovation_voucher", "--facts", tmp_path / "none.yaml", *ON)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "facts.yaml"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--on", "2026-7-1"), "“2026-7-1”不是日期"),
        (("--list", "met,mett"), "没有名为“mett”的状态"),
        (("--threads", "-1"), "线程数不能为负"),
    ],
)
def test_options_that_make_no_sense_are_named(refused, given, tmp_path, words, said):
    err = refused("match", *given, "--into", tmp_path / "out", *words)
    assert said in err and words[0] in err


def test_a_folder_with_other_files_is_left_alone(refused, given, parquet, tmp_path):
    out = tmp_path / "mine"
    out.mkdir()
    for name in ("report-00001.parquet", "run.json", "notes.txt"):
        (out / name).write_text("{}", "utf-8")
        said = refused("match", *given, "--into", out, *ON)
        assert "文件夹里有别的文件" in said and str(out) in said
        assert "文件夹里有别的文件" in refused("register", "build", parquet, "--into", out)
        assert "文件夹里有别的文件" in refused("register", "generate", out, "--rows", 5)
        assert [path.name for path in out.iterdir()] == [name]
        (out / name).unlink()
    (tmp_path / "file").write_text("", "utf-8")
    before = (given[1] / "register.json").read_bytes()
    assert "文件夹里有别的文件" in refused("register", "generate", given[1], "--rows", 5)
    assert (given[1] / "register.json").read_bytes() == before
    assert "不是文件夹" in refused("match", *given, "--into", tmp_path / "file", *ON)


def test_what_somebody_put_beside_our_results_stays(qd, register, one_rule, tmp_path):
    words = ("match", one_rule, register, "--into", tmp_path / "out", "--no-amounts")
    assert qd(*words, *ON)[0] == 0
    (tmp_path / "out" / "report-2026.docx").write_text("mine", "utf-8")
    assert qd(*words, "--on", "2026-06-01")[0] == 0
    assert (tmp_path / "out" / "report-2026.docx").read_text("utf-8") == "mine"


def test_what_a_worker_left_half_done_goes_with_a_former_run(qd, register, one_rule, tmp_path):
    left = tmp_path / "out" / ".making-7"
    left.mkdir(parents=True)
    (left / "counts-00000.json").write_text("{}", "utf-8")
    assert qd("match", one_rule, register, "--into", tmp_path / "out", *ON)[0] == 0
    assert not left.exists()


# ---- facts that are refused


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("revenu@2025: 1 元", ["第1行 revenu@2025", "没有名为“revenu”的字段", "revenue"]),
        ("district: '510107'\nrevenue@2025: 5000", ["第2行 revenue@2025", "没有单位", "has no unit"]),
        ("revenue@2025: 5 人", ["单位不能是“人”"]),
        ("revenue@2025: .nan", ["“.nan”不是有限的数"]),
        ("revenue@2025: NaN 元", ["“NaN 元”不是有限的数"]),
        ("revenue@2025: -Infinity 元", ["不是有限的数"]),
        ("revenue@2025-01: 1 元", ["的期间“2025-01”不对", "2025"]),
        ("revenue@2099: 1 元", ["的日期 2099 在", "is after"]),
        ("founded: 2099-01-01", ["的日期 2099-01-01 在"]),
        ("district: '990000'", ["没有名为“990000”的"]),
        ("district: 510107", ["“510107”不是“注册地”的值"]),
        ("founded: 2020-02-30", ["不是“成立日期”的值"]),
        ("- revenue", ["字段: 值"]),
        ("revenue@2025: 1 元\nrevenue@2025: 2 元", ["写了两次", "第2行"]),
    ],
)
def test_facts_that_do_not_fit_are_refused_with_line_and_field(refused, facts_file, text, words):
    facts_file.write_text(text + "\n", "utf-8")
    said = refused("explain", "E1", "innovation_voucher", "--facts", facts_file, *ON)
    for word in [*words, "facts.yaml"]:
        assert word in said


def test_an_unknown_enterprise_is_named(refused, register, parquet):
    for place in (register, parquet):
        for command in ("explain", "nearmiss"):
            said = refused(command, "NOBODY", "innovation_voucher", "--register", place, *ON)
            assert "2000 家企业中没有代码为“NOBODY”的" in said


@pytest.fixture
def with_column(parquet, tmp_path):
    """A file of the first twenty enterprises with a column put in or replaced."""

    def write(name, column):
        first = pq.read_table(parquet / "part-00000.parquet").slice(0, 20)
        others = first.drop_columns([name]) if name in first.column_names else first
        pq.write_table(others.append_column(name, pa.array(column)), tmp_path / "bad.parquet")
        return tmp_path / "bad.parquet"

    return write


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("revenue@2024", [1.5] * 20), "列的类型 double 不适合“营业收入”"),
        (("revenue@2024", [float("nan")] * 20), "列的类型 double 不适合"),
        (("revenue@2024", ["1 元"] * 20), "列的类型 string 不适合"),
        (("revenu@2024", [1] * 20), "没有名为“revenu”的字段"),
        (("revenue@2099", [1] * 20), "2099 在"),
        (("district", ["510107"] * 19 + ["990000"]), "没有名为“990000”的"),
        (("founded", [date(2020, 1, 1)] * 19 + [date(2099, 1, 1)]), "第20行 founded"),
        (("specialised_score", [61] * 19 + [5000]), "超出“专精特新发展评价得分”的取值范围"),
    ],
)
def test_a_column_that_does_not_fit_is_refused_with_file_and_column(refused, with_column, tmp_path, change, words):
    source = with_column(*change)
    said = refused("register", "build", source, "--into", tmp_path / "r", "--known-on", "2030-01-01")
    assert words in said and "bad.parquet" in said and change[0] in said
    assert not list(tmp_path.glob("r/*"))


def test_a_match_with_bad_parquet_leaves_nothing_behind(refused, with_column, rules, tmp_path):
    for source in (with_column("district", ["990000"] * 20), with_column("revenue@2099", [1] * 20)):
        refused("match", rules, source, "--into", tmp_path / "out", *ON)
        assert [path.name for path in tmp_path.iterdir()] == ["bad.parquet"]


def test_later_days_are_remarked_upon_when_no_day_of_the_data_is_given(qd, with_column, tmp_path):
    source = with_column("founded", [date(2099, 1, 1)] * 20)
    status, _, err = qd("register", "build", source, "--into", tmp_path / "r")
    assert status == 0 and "请留意" in err and "第1行 founded" in err


def test_a_truncated_file_is_refused_everywhere(refused, parquet, rules, tmp_path):
    source = tmp_path / "cut.parquet"
    source.write_bytes((parquet / "part-00000.parquet").read_bytes()[:-3000])
    said = [
        refused("register", "build", source, "--into", tmp_path / "r"),
        refused("match", rules, source, "--into", tmp_path / "out", *ON),
        refused("explain", "E1", "innovation_voucher", "--register", source, *ON),
    ]
    assert all("文件不完整或不是 Parquet" in each and "cut.parquet" in each for each in said)
    assert [path.name for path in tmp_path.iterdir()] == ["cut.parquet"]


def test_codes_of_a_former_edition_are_taken(qd, tmp_path):
    """A9 moved from one group of industries to another: a register may say it, whenever it was written."""
    catalogue = tmp_path / "catalogue.yaml"
    catalogue.write_text(dump_yaml(random_register.CATALOGUE), "utf-8")
    pq.write_table(pa.table({"code": ["E1"], "industry": ["A9"]}), tmp_path / "old.parquet")
    words = ("register", "build", tmp_path / "old.parquet", "--into", tmp_path / "r", "--catalogue", catalogue)
    assert qd(*words)[0] == 0
    facts = facts_in_register(Register.open(tmp_path / "r"), "E1")
    assert facts.values == {("industry", ""): "A9"}


# ---- on the terminal


def test_a_table_stays_in_line_with_chinese_characters():
    lines = table(("名称", "n"), [("科技券", "1"), ("a", "1,000")]).splitlines()
    assert {width(line) for line in lines} == {width("科技券") + 2 + len("1,000")}


def test_a_bar_is_drawn_where_somebody_watches(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stderr", Terminal())
    bar = Bar("匹配")
    bar(500, 1000)
    bar(1000, 1000)
    shown = sys.stderr.getvalue().split("\r")
    assert f"[{'#' * 15}{'-' * 15}] 500 / 1,000" in shown[-2]
    assert f"[{'#' * 30}] 1,000 / 1,000" in shown[-1] and shown[-1].endswith("\n")
