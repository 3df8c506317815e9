"""A second reading of the programmes of "Transition écologique": straight from the data, without the rule language.

Each criterion is tried with every answer that a missing one could be; then all of them go together. Sentences that
say nothing new are named here once more, on purpose: the importer's own list is what is tested.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from qingdan.rules.evaluate import Facts, explain
from qingdan.rules.imports import tee
from qingdan.rules.language.rule import Rule

DAY = date(2026, 3, 15)
CATALOGUE = tee.catalogue()
ALL_SECTIONS = "ABCDEFGHIJKLMNOPQRSTU"
THEMES = ("biodiversite", "building", "eco-design", "energy", "environmental", "mobility", "rh", "waste", "water")
SAYS_NOTHING = (
    "toutes tailles|france et territoires d'outre-mer|tous secteurs d'activité|éligible à toutes les entreprises"
)
Firm = dict[str, Any]
States = set[str]


def person(value: bool) -> str:
    return "met" if value else "unmet"


def anniversary(day: date, years: int) -> date:
    """The same day `years` later; 28 February for the 29th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def chosen(listed: list[str], known: tuple[str, ...] | str, answers: list[Any]) -> States:
    """A list of codes against every answer that is possible; next to codes nobody knows a person decides."""
    good = [code for code in listed if code in known]
    no = "unmet" if len(good) == len(listed) else "manual"
    return {"met" if answer in good else no for answer in answers}


def oracle(programme: dict[str, Any], firm: Firm) -> States:
    """What the programme can be for an enterprise whose missing answers (None) may be anything. Our reading of the
    data, without the language: each criterion over every answer that is possible, then all of them together."""
    data = programme["eligibilityData"]
    company = data["company"]
    sections = [firm["section"]] if firm["section"] else list(ALL_SECTIONS)
    regions = [firm["region"]] if firm["region"] else list(tee.REGIONS)
    people = [firm["employees"]] if firm["employees"] is not None else [0, 10**6]
    criteria: list[States] = []
    for key, above in (("minEmployees", True), ("maxEmployees", False)):
        bound = str(company.get(key, ""))
        if re.fullmatch(r"\d+", bound):
            more = [*people, int(bound)] if firm["employees"] is None else people
            criteria.append({person(n >= int(bound) if above else n <= int(bound)) for n in more})
        elif bound:
            criteria.append({"manual"})
    if company.get("allowedNafSections"):
        criteria.append(chosen(company["allowedNafSections"], ALL_SECTIONS, sections))
    if company.get("allowedRegion"):
        criteria.append(chosen(company["allowedRegion"], tee.REGIONS, regions))
    if data.get("priorityObjectives"):
        wanted, has = {*data["priorityObjectives"]}, firm["objectives"]
        criteria.append({"met", "unmet"} if has is None else {person(bool(wanted & {*has}))})
    if company.get("excludeMicroentrepreneur"):
        criteria.append({person(not answer) for answer in answers(firm["micro_entrepreneur"])})
    if not company.get("openToPublicAdministration"):
        pairs = ((a, s) for a in answers(firm["administration"]) for s in sections)
        criteria.append({person(not (a and s == "Q")) for a, s in pairs})
    criteria += sentences(programme, firm, regions, people)
    for start_or_end in (data.get("validity") or {}).values():
        criteria += [{"manual"}] if the_day(start_or_end) is None else []
    criteria += [{"manual"} for key in company if key == "colour"]
    criteria += [{"manual"}] if programme.get("aide temporairement indisponible") else []
    passing = [states - {"unmet"} for states in criteria]
    can_pass = all(passing)
    found = {"unmet"} if any("unmet" in states for states in criteria) else set()
    found |= {"manual"} if can_pass and any("manual" in states for states in passing) else set()
    return found | ({"met"} if can_pass and all("met" in states for states in passing) else set())


def answers(answer: bool | None) -> list[bool]:
    return [True, False] if answer is None else [answer]


def the_day(written: str) -> date | None:
    day, month, year = map(int, written.split("/"))
    try:
        return date(year, month, day)
    except ValueError:
        return None


def sentences(programme: dict[str, Any], firm: Firm, regions: list[str], people: list[int]) -> Iterator[States]:
    company = programme["eligibilityData"]["company"]
    numbers = [str(company.get(key, "")) for key in ("minEmployees", "maxEmployees")]
    low, high = (int(each) if each.isdigit() else -1 for each in numbers)
    for key, listed in programme["conditions d'éligibilité"].items():
        for sentence in listed:
            folded = sentence.lower().replace("’", "'")
            age = re.fullmatch(r"au moins (\d|un) ans? d'activité", folded)
            if age and "années" in key:
                years = 1 if age[1] == "un" else int(age[1])
                made = firm["created"]
                yield {"met", "unmet"} if made is None else {person(anniversary(made, years) <= DAY)}
                continue
            known = [SAYS_NOTHING, "non éligible aux micro-entreprises", "éligible aux micro-entreprises"]
            size = re.fullmatch(r"(moins de|plus de|entre|jusqu'à) (\d+)(?: et (\d+))? salariés", folded)
            if size and "taille" in key:
                first, second = int(size[2]), int(size[3] or 0)
                meant = {"moins de": (-1, first - 1), "jusqu'à": (-1, first), "plus de": (first + 1, -1)}
                said = meant.get(size[1], (first, second))
                known += [folded] if said == (low, high) else []
            if "géographique" in key and sorted(sentence.split(", ")) == sorted(company.get("allowedRegion", [])):
                continue
            if folded.strip() and not any(re.fullmatch(each, folded) for each in known):
                yield {"manual"}
    for entry in programme.get("champs conditionnels", []):
        if entry.get("autres critères d'éligibilité") or entry.get("Eligibilité taille"):
            yield conditional(entry, firm, regions, people)


def conditional(entry: dict[str, Any], firm: Firm, regions: list[str], people: list[int]) -> States:
    """A sentence for some regions or sizes: for those a person reads it, for the others it is as good as met."""
    named = [each.partition(" = ")[2] for each in entry.get("une de ces conditions", [])]
    possible = {region in named for region in regions} if named else {True}
    for bound in entry.get("toutes ces conditions", []):
        _, sign, number = bound.split()
        more = [*people, int(number)] if firm["employees"] is None else people
        one = {n >= int(number) if sign == ">=" else n <= int(number) for n in more}
        possible = {a and b for a in possible for b in one}
    return {"manual" if yes else "met" for yes in possible}


def tempting_answers(programmes: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """For each question the answers worth trying: every boundary in the data with its neighbours, and none (None)."""
    written = json.dumps(programmes, ensure_ascii=False)
    bounds = re.findall(r'Employees": "?(\d+)|effectif [<>]= (\d+)', written)
    sizes = {max(0, int(one or other) + k) for one, other in bounds for k in (-1, 0, 1)}
    birthdays = [anniversary(DAY, -years) + timedelta(k) for years in (1, 2, 3) for k in (-1, 0, 1)]
    return {
        "employees": [None, 0, 10**6, *sorted(sizes)],
        "section": [None, *ALL_SECTIONS],
        "region": [None, *tee.REGIONS],
        "objectives": [None, [], *([each] for each in THEMES), ["energy", "rh"], [*THEMES]],
        "micro_entrepreneur": [None, True, False],
        "administration": [None, True, False],
        "created": [None, date(2024, 2, 29), *birthdays],
    }


def possible_states(rule: Rule, firm: Firm) -> States:
    facts = Facts.of(CATALOGUE, {(name, ""): value for name, value in firm.items()})
    return {state.value for state in explain(rule, facts, CATALOGUE, DAY).outcome.possible}


def programmes_in(folder: Path) -> list[dict[str, Any]]:
    return [each for path in sorted(folder.rglob("programs.json")) for each in json.loads(path.read_text("utf-8"))]
