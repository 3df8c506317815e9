"""Which unit a name in a ledger means. The units are made up."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingdan.web.units.models import Unit, UnitName
from qingdan.web.units.resolve import UnitIndex, normalise

TODAY = date(2017, 7, 12)


@pytest.fixture
def index(unit, standing_clock):
    housing = unit("区住建局")
    UnitName.objects.create(unit=housing, name="区房管局", kind=UnitName.Kind.FORMER)
    unit("郫都区水务局")
    unit("区委办公室")
    unit("省科技厅")
    unit("省工业和信息化厅")
    unit("（集团）国投公司")
    unit("旧局", closed_on=date(2017, 1, 1))
    return UnitIndex.load()


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("区住建局", "区住建局"),
        ("住建局", "区住建局"),
        ("郫都区住建局", "区住建局"),
        ("成都市郫都区住建局", "区住建局"),
        (" 区 住　建 局 ", "区住建局"),
        ("区住建局。", "区住建局"),
        ("房管局", "区住建局"),
        ("水务局", "郫都区水务局"),
        ("区水务局", "郫都区水务局"),
        ("(集团)国投公司", "（集团）国投公司"),
        ("旧局", "旧局"),
        ("区住建", None),
        ("区", None),
        ("", None),
    ],
)
def test_a_name_is_found_by_any_of_its_spellings(index, written, means):
    found = index.find(written)
    assert (found.name if found else None) == means


def test_a_short_form_that_two_units_share_names_neither(unit, standing_clock):
    unit("区教育局")
    unit("郫都区教育局")
    index = UnitIndex.load()
    assert index.find("教育局") is None
    assert index.find("区教育局").name == "区教育局"
    assert {s.unit.name for s in index.suggest("教育局")} == {"区教育局", "郫都区教育局"}


def test_a_later_name_of_a_list_takes_the_level_of_the_one_before(index):
    assert [
        (name, unit.name if unit else None) for name, unit in index.find_list("省科技厅、工业和信息化厅，住建局;没有局")
    ] == [
        ("省科技厅", "省科技厅"),
        ("工业和信息化厅", "省工业和信息化厅"),
        ("住建局", "区住建局"),
        ("没有局", None),
    ]


def test_the_nearest_units_are_suggested_best_first_and_each_once(index):
    suggested = index.suggest("区住健局")
    assert suggested[0].unit.name == "区住建局"
    assert len({s.unit.pk for s in suggested}) == len(suggested) <= 3
    assert index.suggest("区住健局", n=1) == suggested[:1]


def test_nothing_alike_suggests_nothing(index):
    assert index.suggest("ABCXYZ") == []


def test_the_index_is_one_query(index, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert UnitIndex.load().find("住建局")


@given(st.text(max_size=40))
def test_any_text_gets_an_answer_and_normalising_twice_changes_nothing_for_names(text):
    index = UnitIndex([("区住建局", Unit(pk=1, name="区住建局")), ("国土局", Unit(pk=2, name="国土局"))], TODAY)
    index.find(text)
    index.find_list(text)
    assert len(index.suggest(text)) <= 3
    assert not any(ch.isspace() for ch in normalise(text))


@given(st.text(alphabet="区郫都局住建水务教育办委", min_size=2, max_size=12))
def test_a_stored_name_is_always_found_whatever_else_is_stored(name):
    index = UnitIndex([(name, Unit(pk=1, name=name)), ("区住建局", Unit(pk=2, name="区住建局"))], TODAY)
    assert index.find(name) is not None
    assert normalise(index.find(name).name) == normalise(name)
