"""Rules as a command takes them: the starter library, a file or a folder; the versions in force; only sound ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from qingdan.rules import library
from qingdan.rules.catalogue import Catalogue
from qingdan.rules.checks import check
from qingdan.rules.commands.terminal import note, refuse_all
from qingdan.rules.errors import Place, RuleError, Words, unknown_name
from qingdan.rules.examples import run_examples
from qingdan.rules.forms import load_json, load_sentence, load_yaml
from qingdan.rules.forms.text import read_yaml
from qingdan.rules.language.rule import ApplicationKind, Rule, choose_version

LIBRARY = "library"
"""The word for the starter library."""

KINDS = (".yaml", ".yml", ".json", ".txt")
"""How the names of rule files end; .txt holds Chinese sentences."""


@dataclass(frozen=True)
class Written:
    """A rule and the file it was read from; none for the starter library."""

    rule: Rule
    file: Path | None = None

    def place(self, path: str) -> Place:
        """Where a part of the rule stands, with its line where the form has lines."""
        if self.file is None:
            return Place(f"library {self.rule.id} {self.rule.version}", 0, path)
        line = _line_of(self.file, path) if self.file.suffix in (".yaml", ".yml") else 0
        return Place(str(self.file), line, path)


def _line_of(file: Path, path: str) -> int:
    """The line of a part of a YAML file, or of the nearest part around it that has one."""
    _, lines = read_yaml(read_text(file), str(file))
    found = 1
    deepest = -1
    for parts, line in lines.items():
        words = "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in parts).removeprefix(".")
        inside = path == words or path.startswith((f"{words}.", f"{words}["))
        if inside and len(parts) > deepest:
            found, deepest = line, len(parts)
    return found


def read_text(file: Path) -> str:
    """A file's text; RuleError when it is not there or not text in UTF-8."""
    try:
        return file.read_text("utf-8-sig")
    except FileNotFoundError:
        raise RuleError(
            Words("文件不存在", "there is no such file"), Words("请核对路径", "check the path"), Place(str(file))
        ) from None
    except UnicodeDecodeError as error:
        raise RuleError(
            Words(f"不是 UTF-8 文本（第 {error.start + 1} 字节）", f"not text in UTF-8 (byte {error.start + 1})"),
            Words("请存为 UTF-8 编码的 YAML、JSON 或句子", "save it as YAML, JSON or sentences in UTF-8"),
            Place(str(file)),
        ) from None


def read_rule(file: Path, catalogue: Catalogue) -> Rule:
    """The rule of one file, in the form that its name says."""
    text = read_text(file)
    if file.suffix == ".json":
        return load_json(Rule, text, str(file))
    if file.suffix == ".txt":
        return load_sentence(text, catalogue, str(file))
    return load_yaml(Rule, text, str(file))


def read_rules(given: str, catalogue: Catalogue) -> list[Written]:
    """Every version of every rule of the library, a file or a folder.

    Every broken file of a folder is shown before the RuleError. RuleError also for a folder without rules, and for
    two files with the same rule in the same version.
    """
    if given == LIBRARY:
        return [Written(rule) for versions in library.programmes().values() for rule in versions]
    rules, errors = [], []
    for file in _files(Path(given)):
        try:
            rules.append(Written(read_rule(file, catalogue), file))
        except RuleError as error:
            errors.append(error)
    refuse_all(errors, Words("请逐处更正", "correct each"))
    _refuse_doubles(rules)
    return rules


def _files(given: Path) -> list[Path]:
    if not given.exists():
        raise RuleError(
            Words("没有这个文件或文件夹", "there is no such file or folder"),
            Words(
                f"请核对路径，或写 {LIBRARY} 用规则样库", f"check the path, or write {LIBRARY} for the starter library"
            ),
            Place(str(given)),
        )
    files = sorted(each for each in given.iterdir() if each.suffix in KINDS) if given.is_dir() else [given]
    if not files or files[0].suffix not in KINDS:
        listed = " ".join(KINDS)
        raise RuleError(
            Words("没有规则文件", "no rule file here"),
            Words(f"规则文件名以 {listed} 结尾", f"names of rule files end in {listed}"),
            Place(str(given)),
        )
    return files


def _refuse_doubles(rules: Iterable[Written]) -> None:
    """RuleError for two files with the same rule in the same version for the same kind of application."""
    seen: dict[tuple[str, str, ApplicationKind], Written] = {}
    for each in rules:
        first = seen.setdefault((each.rule.id, each.rule.version, each.rule.application_kind), each)
        if first is not each:
            name = f"{each.rule.id} {each.rule.version}"
            raise RuleError(
                Words(f"规则“{name}”已在 {first.file} 中", f"the rule '{name}' stands in {first.file} already"),
                Words("请更正编号或版本，或只保留一份", "correct id or version, or keep one of them"),
                each.place("version"),
            )


def in_force(rules: Sequence[Written], on: date, kind: ApplicationKind) -> list[Written]:
    """The version of each rule in force on a day; for `any` those for first applications and those for renewals.

    Rules without such a version are named beside the results and left out. RuleError when none is left, and for two
    versions in force at once.
    """
    kinds = [ApplicationKind.FIRST, ApplicationKind.RENEWAL] if kind is ApplicationKind.ANY else [kind]
    chosen: list[Written] = []
    without = []
    for name in dict.fromkeys(each.rule.id for each in rules):
        versions = [each for each in rules if each.rule.id == name]
        fitting = [each for each in kinds if any(one.rule.is_in_force(on, each) for one in versions)]
        for each in fitting:
            try:
                rule = choose_version([one.rule for one in versions], on, each)
            except RuleError as error:
                raise error.at(versions[0].place("valid_from")) from None
            chosen += [one for one in versions if one.rule is rule and one not in chosen]
        if not fitting:
            without.append(name)
        _refuse_one_name(chosen, name)
    if not chosen:
        raise RuleError(
            Words(f"{on} 没有一条规则有效", f"no rule is in force on {on}"),
            Words("请用 --on 换一个日期，或用 --kind 换一种申请", "choose another --on day or --kind of application"),
        )
    if without:
        listed = "、".join(without)
        note(f"{on} 无有效版本，略去 (no version in force, left out): {listed}")
    return chosen


def _refuse_one_name(chosen: Sequence[Written], name: str) -> None:
    """RuleError for a rule whose versions for first applications and for renewals are called the same: in results
    they could not be told apart."""
    versions = [each.rule.version for each in chosen if each.rule.id == name]
    if len(set(versions)) < len(versions):
        raise RuleError(
            Words(
                f"“{name}”首次和复核的版本同名：{versions[0]}",
                f"the versions of '{name}' for first applications and renewals have one name: {versions[0]}",
            ),
            Words(
                "请分别用 --kind first 和 --kind renewal 运行", "run with --kind first and --kind renewal, one by one"
            ),
            Place("--kind any"),
        )


def one_rule(given: str, on: date, kind: ApplicationKind, catalogue: Catalogue) -> Rule:
    """The version in force of one rule: an id of the starter library, or a file or folder with one rule's versions."""
    if Path(given).exists():
        rules = read_rules(given, catalogue)
        names = sorted({each.rule.id for each in rules})
        if len(names) > 1:
            listed = "、".join(names[:8])
            raise RuleError(
                Words(f"这里有多条规则：{listed}", f"several rules stand here: {listed}"),
                Words("请写一个文件", "name one file"),
                Place(given),
            )
        versions = [each.rule for each in rules]
    else:
        if given not in library.programmes():
            raise unknown_name(Words("规则", "rule"), given, library.programmes())
        versions = list(library.programmes()[given])
    try:
        return choose_version(versions, on, kind)
    except RuleError as error:
        raise error.at(Place(given)) from None


def need_sound(rules: Iterable[Written], catalogue: Catalogue) -> None:
    """RuleError for rules with an error, without tests or with a test that fails; all of it is shown first."""
    errors = [error for each in rules for error in _faults(each, catalogue)]
    refuse_all(errors, Words("请逐处更正，或加 --unsound 照样运行", "correct each, or run with --unsound all the same"))


def need_no_errors(rules: Iterable[Written], catalogue: Catalogue) -> None:
    """The same without the rules' tests: those of a rule that was changed may still tell of what it was."""
    errors = [error for each in rules for error in _errors(each, catalogue)]
    refuse_all(errors, Words("请逐处更正", "correct each"))


def _errors(written: Written, catalogue: Catalogue) -> list[RuleError]:
    found = (each for each in check(written.rule, catalogue) if each.is_error)
    return [RuleError(each.reason, each.remedy, written.place(each.path)) for each in found]


def _faults(written: Written, catalogue: Catalogue) -> list[RuleError]:
    rule = written.rule
    found = _errors(written, catalogue)
    if not rule.tests:
        reason = Words("没有测试", "the rule has no tests")
        remedy = Words("请写出已知结果的例子", "add cases with known results")
        found.append(RuleError(reason, remedy, written.place("tests")))
    if found:
        return found
    try:
        results = run_examples(rule, catalogue)
    except RuleError as error:
        return [error.at(written.place("tests"))]
    return [
        RuleError(
            Words(
                f"测试“{result.example.name}”未通过：{'；'.join(result.differences)}",
                f"the test '{result.example.name}' fails: {'; '.join(result.differences)}",
            ),
            Words("请核对规则和测试", "check the rule and its test"),
            written.place(f"tests[{number}]"),
        )
        for number, result in enumerate(results)
        if not result.passed
    ]
