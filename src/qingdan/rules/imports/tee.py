"""The programmes of "Transition écologique des entreprises" (betagouv) as rules: one programme, one rule.

What is read of a programme is its `eligibilityData` (validity, size, sections of activity, regions, objectives,
micro-entrepreneurs, administrations) and the sentences of its `conditions d'éligibilité`. A sentence that says no
more than the data is taken as said; a minimum age of the enterprise becomes a condition; every other sentence becomes
a judgement, so that nobody is told *met* while a condition is still to be looked at.

Defects are findings with their place and remedy (`Findings`, strict or reporting). A value that cannot be read is
never dropped: it becomes a judgement as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from qingdan.rules.catalogue import Catalogue, Field, FieldType
from qingdan.rules.codes import Code, CodeTree
from qingdan.rules.errors import Place, RuleError, Words
from qingdan.rules.forms.text import read_json
from qingdan.rules.imports.findings import Findings, json_files
from qingdan.rules.language import conditions as c
from qingdan.rules.language.parts import Figure, Op, Source
from qingdan.rules.language.rule import Rule
from qingdan.rules.values import Value

FILE_NAME = "programs.json"

SECTIONS = (
    *(
        "A 农林牧渔",
        "B 采矿",
        "C 制造",
        "D 电力燃气",
        "E 水务和废物",
        "F 建筑",
        "G 批发零售",
        "H 运输仓储",
        "I 住宿餐饮",
    ),
    *("J 信息通信", "K 金融保险", "L 房地产", "M 专业科技", "N 行政辅助", "O 公共管理", "P 教育", "Q 卫生和社会工作"),
    *("R 文化体育", "S 其他服务", "T 家庭雇佣", "U 国际组织"),
)
"""The sections of the French nomenclature of activities (NAF rév. 2), letter and label."""

REGIONS = (
    *("Auvergne-Rhône-Alpes", "Bourgogne-Franche-Comté", "Bretagne", "Centre-Val de Loire", "Corse", "Grand Est"),
    *("Hauts-de-France", "Île-de-France", "Normandie", "Nouvelle-Aquitaine", "Occitanie", "Pays de la Loire"),
    *("Provence-Alpes-Côte d'Azur", "Guadeloupe", "Guyane", "La Réunion", "Martinique", "Mayotte"),
    *("Nouvelle-Calédonie", "Polynésie française", "Saint-Barthélemy", "Saint-Martin", "Saint-Pierre-Et-Miquelon"),
    *("Terres australes et antarctiques françaises", "Wallis et Futuna"),
)
"""Regions and overseas territories, spelled as in the data."""

OBJECTIVES = ("biodiversite", "building", "eco-design", "energy", "environmental", "mobility", "rh", "waste", "water")

_ADMINISTRATION_SECTION = "Q"
"""Administrations are judged in this section only: so does the programmes' own evaluation."""


def catalogue() -> Catalogue:
    """The fields that these programmes ask about."""

    def tree(name: str, codes: Iterable[tuple[str, str]]) -> CodeTree:
        return CodeTree(name, name, tuple(Code(code, label) for code, label in codes))

    kind = FieldType
    return Catalogue(
        (
            Field(
                name="employees",
                chinese="员工人数",
                english="employees",
                type=kind.INTEGER,
                unit="人",
                minimum=Value.parse("0 人"),
            ),
            Field(name="section", chinese="行业门类", english="section of activity", type=kind.CODE, tree="sections"),
            Field(name="region", chinese="大区", english="region", type=kind.CODE, tree="regions"),
            Field(name="objectives", chinese="目标", english="objectives", type=kind.CODES, tree="objectives"),
            Field(name="micro_entrepreneur", chinese="微型个体", english="micro-entrepreneur", type=kind.BOOLEAN),
            Field(name="administration", chinese="公共机构", english="public administration", type=kind.BOOLEAN),
            Field(name="created", chinese="设立日期", english="day of creation", type=kind.DATE),
        ),
        (
            tree("sections", ((each[0], each) for each in SECTIONS)),
            tree("regions", ((each, each) for each in REGIONS)),
            tree("objectives", ((each, each) for each in OBJECTIVES)),
        ),
    )


@dataclass(frozen=True)
class Programmes:
    """What was read: one rule for each programme, in the file's order, and the defects on the way."""

    catalogue: Catalogue
    rules: tuple[Rule, ...]
    findings: tuple[RuleError, ...]


def read_folder(folder: Path, strict: bool = False) -> Programmes:
    """Every `programs.json` below `folder`. Strict: RuleError for the first defect, otherwise all are reported."""
    files = [path for path in json_files(folder) if path.name == FILE_NAME]
    if not files:
        raise RuleError(
            Words(f"文件夹里没有 {FILE_NAME}", f"the folder holds no {FILE_NAME}"),
            Words("请给出含该文件的文件夹", "name a folder that holds it"),
            Place(str(folder)),
        )
    findings = Findings(strict)
    rules: dict[str, Rule] = {}
    for path in files:
        name = path.relative_to(folder).as_posix()
        data = read_json(path.read_text("utf-8"), name)
        if not isinstance(data, list):
            raise RuleError(
                Words("文件不是项目列表", "the file is not a list of programmes"),
                Words("请核对文件", "check the file"),
                Place(name),
            )
        for programme in data:
            rule = read_programme(programme, name, findings)
            if rule.id in rules:
                findings.add(
                    Place(name, 0, rule.id),
                    Words("编号出现两次", "the id stands twice"),
                    Words("请只保留一个；此处保留第一个", "keep one of them; here the first is kept"),
                )
            rules.setdefault(rule.id, rule)
    return Programmes(catalogue(), tuple(rules.values()), tuple(findings.errors))


def read_programme(programme: Mapping[str, Any], file: str, findings: Findings) -> Rule:
    """One programme as a rule; its validity is the rule's."""
    if not isinstance(programme, dict) or not isinstance(programme.get("id"), str):
        raise RuleError(Words("项目没有编号", "a programme has no id"), Words("请写 id", "give it an id"), Place(file))
    return _Programme(programme, file, findings).rule()


# ---- sentences

_NO_CONDITION = {
    "taille de l'entreprise": r"toutes tailles",
    "secteur géographique": r"france et territoires d'outre-mer",
    "secteur d'activité": r"tous secteurs d'activité",
    "nombre d'années d'activité": r"éligible à toutes les entreprises",
}
# Pattern, and what is added to its least and greatest number to include both.
_SIZES = (
    (r"moins de (?P<high>\d+) salariés", 0, -1),
    (r"jusqu'à (?P<high>\d+) salariés", 0, 0),
    (r"plus de (?P<low>\d+) salariés", 1, 0),
    (r"entre (?P<low>\d+) et (?P<high>\d+) salariés", 0, 0),
)
_MICRO = {"éligible aux micro-entreprises": False, "non éligible aux micro-entreprises": True}
_AGE = re.compile(r"au moins (\d+|un) ans? d'activité")
_KNOWN = {
    "eligibilityData": {"company", "validity", "priorityObjectives"},
    "company": {
        *("minEmployees", "maxEmployees", "excludeMicroentrepreneur", "openToPublicAdministration"),
        *("allowedNafSections", "allowedRegion"),
    },
    "validity": {"start", "end"},
}
_CONDITIONAL_TEXTS = ("autres critères d'éligibilité", "Eligibilité taille")


def _size(folded: str) -> tuple[int | None, int | None] | None:
    """The least and greatest number of persons that a sentence names; None when it is no sentence on numbers."""
    for pattern, more, less in _SIZES:
        match = re.fullmatch(pattern, folded)
        if match:
            found = match.groupdict()
            low, high = found.get("low"), found.get("high")
            return (None if low is None else int(low) + more, None if high is None else int(high) + less)
    return None


def _folded(sentence: str) -> str:
    return sentence.strip().lower().replace("’", "'")


# ---- one programme


class _Programme:
    def __init__(self, programme: Mapping[str, Any], file: str, findings: Findings) -> None:
        self.data, self.file, self.findings = programme, file, findings
        self.id: str = programme["id"]
        self.parts: list[c.Condition] = []

    def rule(self) -> Rule:
        data = self._table(self.data, "eligibilityData", "eligibilityData")
        company = self._table(data, "company", "eligibilityData.company")
        validity = self._table(data, "validity", "eligibilityData.validity")
        sizes = self._employees(company)
        self._codes("section", company.get("allowedNafSections"), [each[0] for each in SECTIONS], "allowedNafSections")
        self._codes("region", company.get("allowedRegion"), REGIONS, "allowedRegion")
        self._codes("objectives", data.get("priorityObjectives"), OBJECTIVES, "priorityObjectives")
        micro = company.get("excludeMicroentrepreneur")
        if self._is_yes(micro, "excludeMicroentrepreneur"):
            self._add(c.Flag(field="micro_entrepreneur", expected=False), "excludeMicroentrepreneur")
        if not self._is_yes(company.get("openToPublicAdministration"), "openToPublicAdministration"):
            inside = c.InCodes(field="section", codes=(_ADMINISTRATION_SECTION,))
            both = c.All(conditions=(c.Flag(field="administration", expected=True), inside))
            self._add(c.Exclusion(condition=both), "openToPublicAdministration")
        self._sentences(sizes, micro, company.get("allowedRegion") or [])
        self._conditional_sentences()
        if self.data.get("aide temporairement indisponible"):
            self._judge("Aide temporairement indisponible", "aide temporairement indisponible")
        start, end = self._validity(validity)
        if not self.parts:
            # Open to everybody: a condition that every enterprise meets.
            self._add(c.InCodes(field="section", codes=tuple(each[0] for each in SECTIONS)), "eligibilityData")
        return Rule(
            id=self.id,
            title=str(self.data.get("titre") or self.id),
            version="1",
            valid_from=start or date.min,
            valid_to=end,
            sources=(Source(document=self.file, clause=self.id),),
            condition=c.All(conditions=tuple(self.parts)),
        )

    # ---- helpers

    def _find(self, path: str, reason: Words, remedy: Words) -> None:
        self.findings.add(Place(self.file, 0, f"{self.id}.{path}"), reason, remedy)

    def _add(self, condition: c.Condition, path: str) -> None:
        self.parts.append(replace(condition, source=Source(document=self.file, clause=f"{self.id}.{path}")))

    def _judge(self, sentence: object, path: str) -> None:
        self._add(c.Judgement(question=str(sentence)), path)

    def _table(self, around: Mapping[str, Any], key: str, path: str) -> Mapping[str, Any]:
        """A table inside; a key that is not known becomes a finding and a judgement."""
        inner = around.get(key)
        if inner is None:
            return {}
        if not isinstance(inner, dict):
            self._find(path, Words("应为表", "should be a table"), Words("请更正结构", "correct the structure"))
            self._judge(inner, path)
            return {}
        for name in inner:
            if name not in _KNOWN.get(key, inner):
                self._find(
                    f"{path}.{name}",
                    Words("没有名为此的条件", "there is no condition of this name"),
                    Words(
                        "请更正名称，或为它补充字段；暂由人工认定",
                        "correct the name or add a field for it; a person decides",
                    ),
                )
                self._judge(f"{name}: {inner[name]}", f"{path}.{name}")
        return inner

    def _is_yes(self, value: object, name: str) -> bool:
        if value is None or isinstance(value, bool):
            return bool(value)
        self._find(
            f"eligibilityData.company.{name}",
            Words(f"“{value}”不是是或否", f"'{value}' is neither true nor false"),
            Words(
                "请写 true 或 false，不加引号；此处按是", "write true or false without quotes; here it counts as true"
            ),
        )
        return True

    # ---- what the data say

    def _employees(self, company: Mapping[str, Any]) -> tuple[int | None, int | None]:
        low = self._count(company.get("minEmployees"), "minEmployees")
        high = self._count(company.get("maxEmployees"), "maxEmployees")
        figure = Figure(field="employees")
        if low is not None and high is not None and low > high:
            self._find(
                "eligibilityData.company",
                Words(f"人数下限 {low} 大于上限 {high}", f"the minimum {low} exceeds the maximum {high}"),
                Words("请更正其一；此条件无人符合", "correct one of them; nobody meets the condition"),
            )
        if low is not None:
            self._add(c.Compare(figure=figure, op=Op.AT_LEAST, value=Value.parse(f"{low} 人")), "minEmployees")
        if high is not None:
            self._add(c.Compare(figure=figure, op=Op.AT_MOST, value=Value.parse(f"{high} 人")), "maxEmployees")
        return low, high

    def _count(self, value: object, name: str) -> int | None:
        path = f"eligibilityData.company.{name}"
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
            return value
        if isinstance(value, str) and re.fullmatch(r"\d{1,9}", value, re.ASCII):
            self._find(
                path,
                Words(f"数写成了文字“{value}”", f"the number is written as text: '{value}'"),
                Words(f"请去掉引号；此处按 {value}", f"drop the quotes; here it counts as {value}"),
            )
            return int(value)
        self._find(
            path,
            Words(f"“{value}”不是人数", f"'{value}' is no number of persons"),
            Words("请写不小于零的整数；暂由人工认定", "write a whole number, not below zero; a person decides"),
        )
        self._judge(f"{name}: {value}", path)
        return None

    def _codes(self, field: str, values: object, known: Iterable[str], name: str) -> None:
        """One of the known codes; next to codes that nobody knows, only a person can say that it is none of them."""
        if values is None or values == []:
            return
        path = f"eligibilityData.{name}" if field == "objectives" else f"eligibilityData.company.{name}"
        listed = values if isinstance(values, list) else [values]
        allowed = tuple(known)
        codes = [each for each in listed if each in allowed]
        unknown = [str(each) for each in listed if each not in codes]
        for each in unknown:
            self._find(
                path,
                Words(f"“{each}”不在可用的代码中", f"'{each}' is none of the codes"),
                Words(
                    "请写大区、门类或目标的代码；更细的范围写入条件文字；暂由人工认定",
                    "write the code of a region, section or objective; a narrower area is a sentence; a person decides",
                ),
            )
        parts: list[c.Condition] = [c.InCodes(field=field, codes=tuple(dict.fromkeys(codes)))] if codes else []
        parts += [c.Judgement(question=f"{name}: {each}") for each in unknown]
        self._add(parts[0] if len(parts) == 1 else c.Any(conditions=tuple(parts)), path)

    def _validity(self, validity: Mapping[str, Any]) -> tuple[date | None, date | None]:
        days = {}
        for name in ("start", "end"):
            written = validity.get(name)
            days[name] = self._day(written, f"eligibilityData.validity.{name}") if written else None
        start, end = days["start"], days["end"]
        if start and end and start > end:
            path = "eligibilityData.validity"
            self._find(
                path,
                Words(f"生效日 {start} 晚于失效日 {end}", f"it begins on {start}, after its end on {end}"),
                Words("请更正其一；暂由人工认定", "correct one of them; a person decides"),
            )
            self._judge(f"validity: {start} - {end}", path)
            return None, None
        return start, end

    def _day(self, written: object, path: str) -> date | None:
        match = re.fullmatch(r"(\d{2})/(\d{2})/(\d{4})", str(written), re.ASCII)
        try:
            if match:
                return date(int(match[3]), int(match[2]), int(match[1]))
        except ValueError:
            pass
        self._find(
            path,
            Words(f"“{written}”不是日期", f"'{written}' is not a day"),
            Words("请写成 31/12/2026；暂由人工认定", "write it as 31/12/2026; a person decides"),
        )
        self._judge(f"{path.rpartition('.')[2]}: {written}", path)
        return None

    # ---- what the sentences say

    def _sentences(self, sizes: tuple[int | None, int | None], micro: object, regions: object) -> None:
        sentences = self._table(self.data, "conditions d'éligibilité", "conditions d'éligibilité")
        for key, listed in sentences.items():
            path = f"conditions d'éligibilité.{key}"
            for sentence in listed if isinstance(listed, list) else [listed]:
                folded = _folded(str(sentence))
                if not folded or (key in _NO_CONDITION and re.fullmatch(_NO_CONDITION[key], folded)):
                    continue
                age = _AGE.fullmatch(folded) if key == "nombre d'années d'activité" else None
                if age:
                    months = 12 * (1 if age[1] == "un" else int(age[1]))
                    self._add(c.Age(field="created", op=Op.AT_LEAST, months=months), path)
                elif not (
                    (key == "taille de l'entreprise" and self._says_size(folded, sizes, bool(micro), path))
                    or (key == "secteur géographique" and {*str(sentence).split(", ")} == {*_texts(regions)})
                ):
                    self._judge(sentence, path)

    def _says_size(self, folded: str, sizes: tuple[int | None, int | None], micro: bool, path: str) -> bool:
        """Whether a sentence on size says what the data say; a finding when it says something else."""
        if folded in _MICRO:
            same = _MICRO[folded] == micro
            shown = f"excludeMicroentrepreneur: {str(micro).lower()}"
        else:
            said = _size(folded)
            if said is None:
                return False
            same = said == sizes
            shown = f"minEmployees: {sizes[0]}, maxEmployees: {sizes[1]}"
        if not same:
            self._find(
                path,
                Words(f"“{folded}”与数据（{shown}）不一致", f"'{folded}' is not what the data say ({shown})"),
                Words(
                    "请统一两处；数据照用，文字由人工认定",
                    "make them agree; the data count, a person reads the sentence",
                ),
            )
        return same

    def _conditional_sentences(self) -> None:
        """Sentences that hold for some regions or sizes only."""
        listed = self.data.get("champs conditionnels") or []
        for index, entry in enumerate(listed if isinstance(listed, list) else [listed]):
            if not isinstance(entry, dict):
                self._judge(entry, f"champs conditionnels[{index}]")
                continue
            texts = [text for key in _CONDITIONAL_TEXTS for text in _texts(entry.get(key))]
            if not texts:
                continue
            path = f"champs conditionnels[{index}]"
            judged = tuple(c.Judgement(question=text) for text in texts)
            then = judged[0] if len(judged) == 1 else c.All(conditions=judged)
            several = [self._when(each, path) for each in _texts(entry.get("une de ces conditions"))]
            every = [self._when(each, path) for each in _texts(entry.get("toutes ces conditions"))]
            parts: list[c.Condition] = [c.Any(conditions=tuple(several))] if several else []
            parts += every
            when = c.All(conditions=tuple(parts)) if parts else None
            self._add(c.Tiered(cases=(c.Case(when=when, then=then),)) if when else then, path)

    def _when(self, written: str, path: str) -> c.Condition:
        """ "région = Bretagne" or "effectif <= 49"; anything else is for a person."""
        region = re.fullmatch(r"région = (.+)", written)
        if region and region[1] in REGIONS:
            return c.InCodes(field="region", codes=(region[1],))
        size = re.fullmatch(r"effectif (>=|<=) (\d{1,9})", written, re.ASCII)
        if size:
            return c.Compare(figure=Figure(field="employees"), op=Op(size[1]), value=Value.parse(f"{size[2]} 人"))
        self._find(
            path,
            Words(f"读不懂的条件“{written}”", f"the condition '{written}' cannot be read"),
            Words("请写成“région = …”或“effectif <= …”", "write it as 'région = …' or 'effectif <= …'"),
        )
        return c.Judgement(question=written)


def _texts(value: object) -> list[str]:
    listed = value if isinstance(value, list) else [] if value is None else [value]
    return [str(each) for each in listed if str(each).strip()]
