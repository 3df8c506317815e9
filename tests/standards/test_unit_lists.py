"""A unit cell of a ledger becomes names that a register can be asked for; shapes are those of published ledgers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingdan.standards.numerals import clean_text
from qingdan.standards.unit_lists import UnitList, UnitMention, read_units, split_inline


@pytest.mark.covers("P-30")
@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("省科技厅、工业和信息化厅", "省科技厅 省工业和信息化厅"),
        ("区发改局、规建局", "区发改局 区规建局"),
        ("区发改局、润弘公司、规建局、郫筒街道", "区发改局 润弘公司 区规建局 郫筒街道"),
        ("川菜园区管委会、工业港管委会", "川菜园区管委会 工业港管委会"),
        ("区发改局、工业港管委会、市财政局、科技局", "区发改局 工业港管委会 市财政局 市科技局"),
        ("成都市科技局、财政局", "成都市科技局 成都市财政局"),
        ("科技局、区财政局", "科技局 区财政局"),
        ("市场监管局、区财政局", "市场监管局 区财政局"),
        ("区发改局、市场监管局", "区发改局 区市场监管局"),
        ("城市更新局、财政局", "城市更新局 财政局"),
        ("国家发展改革委、科技部、财政部", "国家发展改革委 科技部 财政部"),
        ("区委宣传部、组织部、文广局", "区委宣传部 区委组织部 区文广局"),
        ("区委、区政府", "区委 区政府"),
        ("区发改局、国网郫都供电公司", "区发改局 国网郫都供电公司"),
        ("区总工会、团区委、妇联", "区总工会 团区委 区妇联"),
        ("市、区发改局", "市发改局 区发改局"),
        ("郫县发改局、财政局", "郫县发改局 郫县财政局"),
        ("市中区财政局、教育局", "市中区财政局 市中区教育局"),
        ("区税务局、国土分局", "区税务局 区国土分局"),
        ("区住房和城乡建设局和市场监管局", "区住房和城乡建设局 区市场监管局"),
        ("区政务服务和行政审批局、教育局", "区政务服务和行政审批局 区教育局"),
    ],
)
def test_a_level_prefix_is_carried_on_to_organs_only(written: str, names: str) -> None:
    assert read_units(written).names == tuple(names.split())


@pytest.mark.parametrize(
    "written",
    [
        "区发改局、区财政局",
        "区发改局，区财政局",
        "区发改局,区财政局",
        "区发改局；区财政局",
        "区发改局;区财政局;",
        "区发改局/区财政局",
        "区发改局\n区财政局",
        "区发改局\r\n、区财政局",
        "区发改局 区财政局",
        "区发改局　区财政局",
        "区 发 改 局、区财政局",
        "区发\n改局、区财政局",
        "区发改局和区财政局",
        "区发改局以及区财政局",
        "1.区发改局 2.区财政局",
        "①区发改局②区财政局",
        "（区发改局、区财政局）",
        "区发改局、区财政局、区发改局",
        "区发改局、财政局、区财政局",
    ],
)
def test_every_way_of_separating_gives_the_same_units(written: str) -> None:
    assert read_units(written).names == ("区发改局", "区财政局")


@pytest.mark.parametrize("written", ["", None, "无", "/", "／", "—", "——", "-", " 、 ", "暂无", "（）"])
def test_an_empty_cell_names_nobody(written: str | None) -> None:
    assert read_units(written).mentions == ()


@pytest.mark.parametrize(
    ("written", "leads", "supporters"),
    [
        ("区发改局（牵头）、财政局", ["区发改局"], []),
        ("区发改局牵头，区财政局、区规建局配合", ["区发改局"], ["区财政局", "区规建局"]),
        ("区发改局、区财政局牵头，区规建局配合", ["区发改局", "区财政局"], ["区规建局"]),
        ("牵头单位：区发改局；配合单位：财政局、规建局", ["区发改局"], ["区财政局", "区规建局"]),
        ("区发改局牵头负责", ["区发改局"], []),
        ("区发改局牵头，区发改局、区财政局配合", ["区发改局"], ["区财政局"]),
        ("区发改局、区财政局", [], []),
        ("区发改局负责", [], []),
    ],
)
def test_the_words_for_leading_and_supporting_become_marks(
    written: str, leads: list[str], supporters: list[str]
) -> None:
    units = read_units(written)
    assert [mention.name for mention in units.leads] == leads
    assert [mention.name for mention in units.supporters] == supporters
    assert not any(word in name for name in units.names for word in ("牵头", "配合", "负责"))


def test_a_shared_duty_and_an_open_list_are_said() -> None:
    units = read_units("国家发展改革委、科技部、市场监管总局等按职责分工负责")
    assert units.names == ("国家发展改革委", "科技部", "市场监管总局")
    assert units.shared_duty and units.open_ended
    assert not read_units("区发改局").shared_duty
    assert read_units("区规建局等部门").open_ended
    assert not read_units("区高等教育局").open_ended


@pytest.mark.parametrize(
    "name",
    ["各镇街", "各镇（街道）", "区级各部门", "各相关单位", "各街道", "镇街", "全区经济运行各专班", "市级有关部门"],
)
def test_a_group_of_units_is_marked_as_one(name: str) -> None:
    units = read_units(f"区发改局、{name}")
    assert units.mentions[1] == UnitMention(name, name, collective=True)
    assert not units.mentions[0].collective


def test_what_was_written_stays_beside_the_name() -> None:
    assert read_units("省科技厅、工业和信息化厅").mentions[1].written == "工业和信息化厅"
    assert read_units(" 区发改局 ").written == "区发改局"


@pytest.mark.covers("P-15")
@pytest.mark.parametrize(
    ("sentence", "work", "leads", "supporters"),
    [
        (
            "推进城市更新（一期）。（区发改局牵头，区财政局、区规建局配合）",
            "推进城市更新（一期）。",
            "区发改局",
            "区财政局 区规建局",
        ),
        ("完成624套人才公寓（区发改局）。", "完成624套人才公寓。", "区发改局", ""),
        ("完成人才公寓(责任单位：区发改局、规建局)", "完成人才公寓", "区发改局 区规建局", ""),
        ("做好防汛（各镇（街道）负责）", "做好防汛", "各镇（街道）", ""),
        ("推动5G建设。（市经信局负责）2022年10月底前", "推动5G建设。2022年10月底前", "市经信局", ""),
        ("完成（责任单位：区发改局；完成时限：7月底）", "完成", "区发改局", ""),
        ("（区发改局）完成任务", "（区发改局）完成任务", "", ""),
        ("推进建设（含一期）", "推进建设（含一期）", "", ""),
        ("推进建设", "推进建设", "", ""),
        ("", "", "", ""),
        ("）", "）", "", ""),
    ],
)
def test_the_duty_in_brackets_is_split_from_the_work(sentence: str, work: str, leads: str, supporters: str) -> None:
    duty = split_inline(sentence)
    assert duty.work == work
    assert duty.leads.names == tuple(leads.split())
    assert duty.supporters.names == tuple(supporters.split())


def test_a_shared_inline_duty_lists_all_as_leads_and_says_so() -> None:
    duty = split_inline("落实政策。（省科技厅、工业和信息化厅按职责分工负责，各地级以上市人民政府结合实际落实）")
    assert duty.leads.names == ("省科技厅", "省工业和信息化厅", "各地级以上市人民政府")
    assert duty.leads.shared_duty


NAMES = st.lists(
    st.sampled_from(
        [
            "区发改局",
            "区财政局",
            "区经济和信息化局",
            "市场监管局",
            "润弘公司",
            "郫筒街道",
            "工业港管委会",
            "各镇（街道）",
            "区委组织部",
        ]
    ),
    max_size=6,
    unique=True,
).filter(lambda names: not names or "市场监管局" not in names[1:])
SEPARATORS = st.sampled_from(["、", "，", ",", "；", ";", "\n", " 、", "、\n", "/"])


@given(NAMES, st.lists(SEPARATORS, min_size=6, max_size=6))
def test_full_names_survive_any_mixture_of_separators(names: list[str], separators: list[str]) -> None:
    cell = "".join(name + separator for name, separator in zip(names, separators, strict=False))
    assert list(read_units(cell).names) == names


@given(NAMES)
def test_reading_the_names_again_gives_the_same_names(names: list[str]) -> None:
    once = read_units("、".join(names))
    assert read_units("、".join(once.names)).names == once.names


PIECES = st.sampled_from(
    [*"、，；/ \n（）()：省市区县局委", "牵头", "配合", "负责", "等", "按职责分工负责", "各", "区发改局", "无"]
)


@given(st.lists(PIECES, max_size=10).map("".join) | st.text(max_size=30))
def test_any_text_is_read_into_distinct_nonempty_names(text: str) -> None:
    units = read_units(text)
    assert isinstance(units, UnitList)
    assert len(set(units.names)) == len(units.names)
    assert all(name.strip() for name in units.names)


WORK = st.text(alphabet="推进城市更新一期完成套（）。，1624", max_size=20)


@given(WORK, st.text(alphabet="区发改局含一期、（）", max_size=8))
def test_a_sentence_without_a_duty_is_left_as_it_is(work: str, inside: str) -> None:
    text = f"{work}（{inside}）"
    duty = split_inline(text)
    if not duty.leads:
        assert duty.work == clean_text(text)


@given(st.text(alphabet="推进城市更新一期完成套，1624", min_size=1, max_size=20), NAMES.filter(bool), NAMES)
def test_a_composed_duty_is_taken_apart_again(work: str, leads: list[str], supporters: list[str]) -> None:
    supporters = [name for name in supporters if name not in leads and name != "市场监管局"]
    tail = f"，{'、'.join(supporters)}配合" if supporters else ""
    duty = split_inline(f"{work}（{'、'.join(leads)}牵头{tail}）。")
    assert duty.work == f"{work}。"
    assert list(duty.leads.names) == leads
    assert list(duty.supporters.names) == supporters
