"""Importing ledgers through the services: what is read, what is refused, and what is written."""

from __future__ import annotations

import time
from datetime import date
from decimal import Decimal

import pytest
from import_files import NAMES, messy, old_table, table, upload, word, workbook

from qingdan.web.common import clock
from qingdan.web.common.errors import Denied, DomainError, Stale
from qingdan.web.common.models import Event
from qingdan.web.tasks.imports import Action, preview_of, writing
from qingdan.web.tasks.imports.preview import forget
from qingdan.web.tasks.models import Assignment, ColumnMapping, DeadlineChange, ImportBatch, Item, Plan, Task
from qingdan.web.tasks.services import imports, lists, plans
from qingdan.web.units.models import UnitName

JULY = date(2017, 7, 1)
HEADER = ["行动计划", "大项", "工作内容", "牵头单位", "配合单位", "完成时限"]


@pytest.fixture
def office(district, unit):
    """The officer, with every unit of the made-up ledgers known."""
    forget()
    for name in NAMES:
        unit(name)
    return district.officer


def start(officer, data, name="7月台账.xlsx", **more):
    return imports.start_import(officer, upload(data, name), reference=JULY, **more)


def row_of(batch, place):
    (row,) = [row for row in preview_of(batch).rows if row.place == place and row.action is not Action.ASIDE]
    return row


def parts(task):
    return [(a.part, a.unit.name) for a in task.assignments.select_related("unit").order_by("part", "order")]


@pytest.mark.covers("P-01", "P-15", "P-30", "P-31", "P-49")
def test_a_messy_workbook_of_two_sheets_becomes_plans_items_and_tasks(office):
    batch = start(office, messy())
    preview = preview_of(batch)
    assert preview.counts[Action.CREATE] == 6
    assert not preview.open_count
    imports.apply_import(office, batch, seen=preview.digest)
    plan = Plan.objects.get(name="“创客郫都”建设行动计划")
    assert [lead.unit.name for lead in plan.plan_leads.all()] == ["区经科局", "区规建局"]
    assert [item.name for item in plan.items.all()] == ["人才公寓", "创客活动"]
    flat = Task.objects.get(work="624套人才公寓全面达到拎包入住条件")
    # The lead is named again among the supporters of its cell, and 、 stands mixed with ，.
    assert parts(flat) == [("lead", "润弘公司"), ("support", "区规建局"), ("support", "区城管局")]
    assert [(t.value, t.unit) for t in flat.targets.all()] == [(Decimal(624), "套")]
    road = Task.objects.get(work="完善周边道路")
    assert parts(road) == [("lead", "区规建局"), ("lead", "区城管局")]
    days = {
        task.work: (task.due_written, task.due_on)
        for task in Task.objects.with_deadline().exclude(item__plan__name="示例行动计划")
    }
    assert days["物业进场"] == ("７月３１日", date(2017, 7, 31))
    assert days["举办创客周"][1] == date(2017, 7, 31)
    assert days["腾退厂房２.５万平方米以上"] == ("长期坚持", None)
    assert days["编制千亿级企业招引方案并积极落实"][1] == date(2017, 12, 31)
    (target,) = Task.objects.get(work__startswith="腾退厂房").targets.all()
    assert (target.value, target.unit, target.qualifier) == (Decimal("2.5"), "万平方米", ">=")


def test_every_row_of_the_file_is_accounted_for(office):
    preview = preview_of(start(office, messy()))
    aside = {row.place: row.notes[0].text for row in preview.rows if row.action is Action.ASIDE and row.sheet == "7月"}
    assert aside["第10行"] == "小计或合计行"
    assert "注释" in aside["第14行"]
    assert [row.number for row in preview.rows if row.sheet == "7月"] == list(range(1, 16))
    assert [(c.header, "周报" in str(c.reason)) for c in preview.unused] == [("进展情况", True)]


def test_applying_writes_one_event_with_counts_digest_and_codes(office):
    batch = start(office, messy())
    before = Event.objects.count()
    applied = imports.apply_import(office, batch)
    (event,) = Event.objects.filter(pk__gt=0).order_by("-pk")[: Event.objects.count() - before]
    facts = event.facts
    assert event.verb == "tasks.apply_import"
    assert facts["file"] == applied.file.sha256
    assert facts["counts"]["create"] == len(facts["created"]) == 6


def test_the_same_file_again_changes_nothing(office):
    imports.apply_import(office, start(office, messy()))
    again = start(office, messy())
    assert preview_of(again).counts[Action.SAME] == 6
    with pytest.raises(DomainError, match="没有需要新建"):
        imports.apply_import(office, again)


def test_an_applied_import_is_not_applied_again(office):
    batch = start(office, messy())
    imports.apply_import(office, batch)
    with pytest.raises(Stale):
        imports.apply_import(office, batch)


@pytest.mark.parametrize("kind", ["xls", "csv", "docx"])
def test_other_kinds_of_files_are_read_alike(office, kind):
    rows = [
        ["7月任务清单", None, None, None, None, None],
        HEADER,
        ["招商引资行动计划", "招商", "编制方案", "区投促局", "无", "7月底前"],
    ]
    plain = [["" if cell is None else cell for cell in row] for row in rows]
    data = {
        "xls": lambda: old_table(rows),
        "csv": lambda: "\n".join(",".join(row) for row in plain).encode("gb18030"),
        "docx": lambda: word(plain[1:], ["7月任务清单"]),
    }[kind]()
    imports.apply_import(office, start(office, data, f"清单.{kind}"))
    task = Task.objects.with_deadline().get(work="编制方案")
    assert (task.due_on, parts(task)) == (date(2017, 7, 31), [("lead", "区投促局")])


def test_a_deadline_that_cannot_be_read_is_refused_down_to_the_cell_and_nothing_is_written(office):
    rows = [
        HEADER,
        ["甲计划", "一", "做一", "区投促局", "", "7月底前"],
        ["甲计划", "一", "做二", "区投促局", "", "早日"],
    ]
    batch = start(office, table(rows))
    assert row_of(batch, "第3行").problems[0].place == "“7月”F3"
    with pytest.raises(DomainError, match="F3"):
        imports.apply_import(office, batch)
    assert not Task.objects.filter(work="做一").exists()
    imports.set_answers(office, batch, leave_out=["0:3"])
    applied = imports.apply_import(office, batch)
    assert applied.result["refused"][0]["row"] == 3
    assert Task.objects.filter(work__in=["做一", "做二"]).count() == 1


def test_a_failure_in_the_middle_leaves_nothing_behind(office, monkeypatch):
    batch = start(office, messy())
    before = (Plan.objects.count(), Item.objects.count(), Task.objects.count(), Event.objects.count())

    def fail(*_args):
        raise RuntimeError("disk full")

    monkeypatch.setattr(writing, "_targets", fail)
    with pytest.raises(RuntimeError):
        imports.apply_import(office, batch)
    assert (Plan.objects.count(), Item.objects.count(), Task.objects.count(), Event.objects.count()) == before
    batch.refresh_from_db()
    assert batch.applied_at is None


def test_what_changed_since_the_preview_stops_the_import(office, district):
    rows = [HEADER, ["示例行动计划", "示例大项二", "编制招商方案", "区住建局", "", "7月31日前"]]
    rows.append(["新计划", "新", "新任务", "区住建局", "", "7月底"])
    batch = start(office, table(rows))
    seen = preview_of(batch).digest
    spec = plans.TaskSpec(work="编制招商方案（第二稿）", leads=[district.other])
    plans.change_task(office, district.tasks[2], spec)
    with pytest.raises(Stale):
        imports.apply_import(office, batch, seen=seen)


def test_an_event_elsewhere_does_not_stop_the_import(office):
    batch = start(office, messy())
    seen = preview_of(batch).digest
    plans.add_tag(office, "strategy", "中优")
    assert imports.apply_import(office, batch, seen=seen).applied_at


# ------------------------------------------------------------------------------------------- matching
def coded(task, **cells):
    values = {
        "code": task.code,
        "plan": "示例行动计划",
        "item": "示例大项一",
        "work": task.work,
        "lead": "区住建局",
        "duty": "区农林局",
        "due": "7月31日前",
    } | cells
    header = ["任务编码", "行动计划", "大项", "工作内容", "牵头单位", "责任单位", "完成时限"]
    return table([header, list(values.values())])


def test_the_stable_code_updates_words_units_and_deadline_with_old_and_new(office, district):
    task = district.tasks[0]
    data = coded(task, work="建成人才公寓700套", lead="区规建局、区住建局", due="8月15日前")
    batch = start(office, data)
    row = row_of(batch, "第2行")
    assert {c.field: (c.old, c.new) for c in row.changes} == {
        "work": ("建成人才公寓624套", "建成人才公寓700套"),
        "leads": ("区住建局", "区规建局、区住建局"),
        "deadline": ("7月31日前", "8月15日前"),
    }
    # A deadline is a promise: the head moves it, not the officer who reads the ledger in.
    with pytest.raises(Denied):
        imports.apply_import(office, batch, reason="区委专题会议定")
    with pytest.raises(DomainError, match="理由"):
        imports.apply_import(district.head, batch)
    imports.apply_import(district.head, batch, reason="区委专题会议定")
    task.refresh_from_db()
    assert task.work == "建成人才公寓700套"
    assert parts(task) == [("lead", "区规建局"), ("lead", "区住建局"), ("responsible", "区农林局")]
    assert [t.written for t in task.targets.all()] == ["700套"]
    # The first deadline stands for ever beside the new one.
    assert [(d.written, d.due_on, d.reason) for d in task.deadlines.all()] == [
        ("7月31日前", date(2017, 7, 31), ""),
        ("8月15日前", date(2017, 8, 15), "区委专题会议定"),
    ]


def test_the_same_day_written_otherwise_is_no_change_of_the_deadline(office, district):
    batch = start(office, coded(district.tasks[0], due=date(2017, 7, 31)))
    assert row_of(batch, "第2行").action is Action.SAME


def test_an_empty_lead_or_deadline_never_erases_what_is_stored(office, district):
    batch = start(office, coded(district.tasks[0], lead="", due="无"))
    row = row_of(batch, "第2行")
    assert row.action is Action.SAME
    assert len([note for note in row.notes if "保留" in note.text]) == 2


def test_a_code_twice_in_the_file_is_refused(office, district):
    header = ["任务编码", "行动计划", "大项", "工作内容", "牵头单位"]
    line = [district.tasks[0].code, "示例行动计划", "示例大项一", "建成人才公寓624套", "区住建局"]
    row = row_of(start(office, table([header, line, line])), "第3行")
    assert row.action is Action.REFUSE
    assert "A2" in row.problems[0].text


def test_an_unknown_code_is_asked_about_and_kept_when_the_task_is_new(office, district):
    batch = start(office, coded(district.tasks[0], code="XZ-2017-001", work="全新的工作"))
    row = row_of(batch, "第2行")
    assert row.action is Action.ASK
    imports.set_answers(office, batch, matches={row.key: "new"})
    imports.apply_import(office, batch)
    assert Task.objects.get(code="XZ-2017-001").work == "全新的工作"


@pytest.mark.parametrize(("work", "word"), [("建成人才公寓624套。", "相同"), ("建成人才公寓 626 套", "相近")])
def test_equal_or_near_words_without_a_code_are_asked_about(office, district, work, word):
    rows = [HEADER, ["示例行动计划", "示例大项一", work, "区规建局", "", "7月31日前"]]
    batch = start(office, table(rows))
    row = row_of(batch, "第2行")
    assert row.action is Action.ASK
    assert word in row.notes[-1].text
    assert row.candidates[0].task_id == district.tasks[0].pk
    imports.set_answers(office, batch, matches={row.key: district.tasks[0].pk})
    imports.apply_import(office, batch)
    assert Task.objects.count() == 3
    assert ("lead", "区规建局") in parts(district.tasks[0])


def test_a_row_twice_in_the_file_is_pointed_out(office):
    line = ["甲计划", "一", "做同一件事", "区投促局", "", "年内"]
    batch = start(office, table([HEADER, line, line]))
    row = row_of(batch, "第3行")
    assert row.action is Action.ASK
    assert "C2" in row.notes[-1].text
    imports.set_answers(office, batch, leave_out=[row.key])
    imports.apply_import(office, batch)
    assert Task.objects.filter(work="做同一件事").count() == 1


# ---------------------------------------------------------------------------------------------- units
def test_an_unknown_unit_is_resolved_once_and_remembered_for_the_next_import(office, unit):
    line = ["甲计划", "一", "做一件事", "区经信产业办", "", "年内"]
    batch = start(office, table([HEADER, line]))
    preview = preview_of(batch)
    assert [(each.name, each.places) for each in preview.unknown] == [("区经信产业办", ["“7月”D2"])]
    with pytest.raises(DomainError, match="区经信产业办"):
        imports.apply_import(office, batch)
    imports.set_answers(office, batch, units={"区经信产业办": {"unit": unit("区经科局").pk}})
    imports.apply_import(office, batch)
    assert UnitName.objects.get(name="区经信产业办").unit.name == "区经科局"
    line[2] = "做另一件事"
    second = preview_of(start(office, table([HEADER, line])))
    assert (second.unknown, second.counts[Action.CREATE]) == ([], 1)


def test_only_who_keeps_units_may_create_one_here(office):
    batch = start(office, table([HEADER, ["甲计划", "一", "做", "某指挥部", "", "年内"]]))
    with pytest.raises(Denied):
        imports.set_answers(office, batch, units={"某指挥部": {"create": "office"}})
    assert not imports.may_create_units(office)


def test_units_in_brackets_at_the_end_of_the_work_are_read_where_no_column_names_any(office):
    rows = [["大项", "工作内容", "完成时限"], ["一", "推进厂房腾退。（区经科局牵头，区规建局配合）", "年内"]]
    batch = start(office, table(rows))
    assert "行动计划" in row_of(batch, "第2行").problems[0].text
    imports.set_mapping(office, batch, {0: {}}, default_plan="示例行动计划")
    imports.apply_import(office, batch)
    task = Task.objects.get(work="推进厂房腾退。")
    assert parts(task) == [("lead", "区经科局"), ("support", "区规建局")]


# -------------------------------------------------------------------------------------------- mapping
def test_a_corrected_mapping_is_remembered_for_the_same_headers(office):
    rows = [
        ["序号", "工作内容", "牵头单位", "完成时限", "说说看"],
        [1, "做一件事", "区投促局", "年内", "招商引资行动计划"],
    ]
    batch = start(office, table(rows))
    columns = {0: {0: "serial", 1: "task", 2: "lead", 3: "deadline", 4: "plan"}}
    imports.set_mapping(office, batch, columns, default_item="其他")
    assert ColumnMapping.objects.count() == 1
    rows[1][1] = "做另一件事"
    second = start(office, table(rows))
    assert second.mapping["ledgers"][0]["remembered"]
    assert row_of(second, "第2行").plan == "招商引资行动计划"


def test_two_columns_for_one_field_or_no_work_column_are_refused(office):
    batch = start(office, table([HEADER, ["甲", "一", "做", "区投促局", "", "年内"]]))
    with pytest.raises(DomainError, match="几列"):
        imports.set_mapping(office, batch, {0: {2: "task", 3: "lead", 4: "lead"}})
    with pytest.raises(DomainError, match="工作内容"):
        imports.set_mapping(office, batch, {0: {2: None}})
    with pytest.raises(DomainError, match="字段"):
        imports.set_mapping(office, batch, {0: {2: "nonsense"}})
    with pytest.raises(DomainError, match="没有选择"):
        imports.set_mapping(office, batch, {})


def test_a_sheet_left_out_is_not_imported(office):
    sheets = {"一": ([HEADER, ["甲", "一", "做一", "区投促局", "", "年内"]], ()),
              "二": ([HEADER, ["甲", "一", "做二", "区投促局", "", "年内"]], ())}  # fmt: skip
    batch = start(office, workbook(sheets))
    imports.set_mapping(office, batch, {1: {}})
    imports.apply_import(office, batch)
    assert list(Task.objects.filter(item__plan__name="甲").values_list("work", flat=True)) == ["做二"]


# ------------------------------------------------------------------------------------- lists and rights
def test_imported_tasks_come_onto_the_draft_list_of_the_month(office):
    draft = lists.draft_edition(office, date(2017, 8, 1))
    batch = imports.start_import(office, upload(messy()), reference=date(2017, 8, 1), edition=draft)
    imports.apply_import(office, batch)
    assert draft.lines.filter(change="new").count() == 6


def test_an_issued_list_is_no_target_of_an_import(office, district):
    with pytest.raises(DomainError, match="已印发"):
        imports.start_import(office, upload(messy()), reference=JULY, edition=district.edition)


@pytest.mark.parametrize("who", ["reporter", "signer", "leader"])
def test_only_the_office_imports(district, who):
    with pytest.raises(Denied):
        start(getattr(district, who), messy())
    batch = start(district.officer, messy())
    for verb in (
        lambda actor: imports.set_mapping(actor, batch, {0: {}}),
        lambda actor: imports.set_answers(actor, batch, leave_out=["0:3"]),
        lambda actor: imports.apply_import(actor, batch),
        lambda actor: imports.drop_import(actor, batch),
        lambda actor: imports.start_news(actor, "新闻。", reference=JULY),
    ):
        with pytest.raises(Denied):
            verb(getattr(district, who))
    assert not ImportBatch.objects.visible_to(getattr(district, who)).exists()


@pytest.mark.slow
def test_ten_thousand_rows_are_previewed_and_written_in_seconds(office):
    rows = [HEADER]
    for number in range(10_000):
        rows.append(
            [f"行动计划{number // 1000}", f"大项{number // 20}", f"完成第{number}号工程建设{number % 97 + 1}公里",
             NAMES[number % 8], NAMES[(number + 3) % 8], "7月底前"]
        )  # fmt: skip
    began = time.perf_counter()
    batch = start(office, table(rows))
    preview = preview_of(batch)
    read = time.perf_counter()
    assert preview.counts[Action.CREATE] == 10_000
    imports.apply_import(office, batch, seen=preview.digest)
    written = time.perf_counter()
    assert Task.objects.count() == 10_003
    assert DeadlineChange.objects.count() == 10_003
    assert Assignment.objects.filter(task__item__plan__name="行动计划3").count() == 2_000
    print(f"read and previewed in {read - began:.1f} s, written in {written - read:.1f} s")
    assert written - began < 60


def test_the_clock_of_the_system_dates_what_is_imported(office):
    with clock.at(date(2017, 7, 20)):
        imports.apply_import(office, start(office, messy()))
    task = Task.objects.get(work="完善周边道路")
    assert clock.timezone.localtime(task.created_at).date() == date(2017, 7, 20)
