"""The pages of imports, from upload to result, as a person in the office goes through them."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.urls import reverse
from import_files import NAMES, messy, table, upload

from qingdan.sheets import read_grid
from qingdan.web.tasks.imports.preview import forget
from qingdan.web.tasks.models import ImportBatch, Task
from qingdan.web.tasks.services import imports

HEADER = ["行动计划", "大项", "工作内容", "牵头单位", "完成时限"]


@pytest.fixture
def office(district, unit, client):
    """The officer signed in, with every unit of the made-up ledgers known."""
    forget()
    for name in NAMES:
        unit(name)
    client.force_login(district.officer)
    return client


def send(client, data, name="7月台账.xlsx", **more):
    return client.post(
        reverse("tasks:import-new"), {"file": upload(data, name), "kind": "ledger", "reference": "2017-07", **more}
    )


def page(client, url_name, *args, query=""):
    response = client.get(reverse(f"tasks:{url_name}", args=args) + query)
    assert response.status_code == 200
    return response.content.decode()


def seen(text):
    return re.search(r'name="seen" value="(\w+)"', text)[1]


@pytest.mark.covers("P-01")
def test_upload_columns_units_preview_apply_result(office, unit):
    lines = [
        HEADER,
        ["招商引资行动计划", "招商", "编制招商方案", "区投促办", "7月底前"],
        ["招商引资行动计划", "招商", "举办推介会3场", "区投促局", "尽快"],
    ]
    answer = send(office, table(lines))
    batch = ImportBatch.objects.get()
    assert answer.url == reverse("tasks:import-columns", args=[batch.pk])
    text = page(office, "import-columns", batch.pk)
    assert "第1行" in text and "100%" in text and "编制招商方案" in text
    answer = office.post(
        answer.url,
        {"use": "0", "c-0-0": "plan", "c-0-1": "item", "c-0-2": "task", "c-0-3": "lead", "c-0-4": "deadline"},
    )
    assert answer.url == reverse("tasks:import", args=[batch.pk])
    text = page(office, "import", batch.pk)
    assert "没有登记" in text and "区投促办" in text and "“7月”E3" in text
    name = re.search(r'name="(unit-\d+)"', text)[1]
    office.post(
        reverse("tasks:import-units", args=[batch.pk]), {"name-1": "区投促办", name: unit("区投促局").pk}
    )  # fmt: skip
    refused = office.post(reverse("tasks:import-apply", args=[batch.pk]), {"seen": ""})
    assert refused.status_code == 422
    assert "没有导入任何一行" in refused.content.decode()
    office.post(reverse("tasks:import-answers", args=[batch.pk]), {"leave": "0:3"})
    text = page(office, "import", batch.pk)
    answer = office.post(reverse("tasks:import-apply", args=[batch.pk]), {"seen": seen(text)}, follow=True)
    text = answer.content.decode()
    assert "导入结果" in text and "编制招商方案" in text and "区投促办 → 区投促局" in text
    book = read_grid(office.get(reverse("tasks:import-refused", args=[batch.pk])).content, "x.xlsx")
    assert any("E3" in str(cell) for row in book.sheets[0].rows for cell in row)
    assert "已导入" in page(office, "imports")


def test_a_messy_ledger_goes_through_without_any_correction(office):
    send(office, messy())
    batch = ImportBatch.objects.get()
    text = page(office, "import", batch.pk)
    assert "小计或合计行" in page(office, "import", batch.pk, query="?action=aside")
    office.post(reverse("tasks:import-apply", args=[batch.pk]), {"seen": seen(text)})
    assert Task.objects.filter(work__startswith="624套").exists()


def test_the_preview_shows_what_a_cell_was_read_as(office):
    send(office, messy())
    text = page(office, "import", ImportBatch.objects.get().pk)
    assert "2017年7月31日" in text  # beside 7月底前
    assert "量化指标：624套" in text
    assert "不少于2.5万平方米" in text


def test_rows_beyond_a_hundred_come_in_chunks(office, django_assert_max_num_queries):
    lines = [["甲计划", "一", f"完成第{number:03d}号工程", "区投促局", "年内"] for number in range(250)]
    send(office, table([HEADER, *lines]))
    pk = ImportBatch.objects.get().pk
    text = page(office, "import", pk)
    assert text.count('name="leave"') == 100
    with django_assert_max_num_queries(15):
        text = page(office, "import-rows", pk, query="?page=3")
    assert text.count('name="leave"') == 50
    assert "<html" not in text


def test_a_preview_has_the_same_number_of_queries_for_ten_rows_and_two_hundred(office, django_assert_max_num_queries):
    for count in (10, 200):
        lines = [["甲计划", "一", f"完成第{n:03d}号工程", "区投促局", "年内"] for n in range(count)]
        send(office, table([HEADER, *lines]))
        forget()
        with django_assert_max_num_queries(32):
            page(office, "import", ImportBatch.objects.first().pk)


def test_one_button_leaves_all_refused_rows_out_and_another_takes_them_in_again(office):
    lines = [["甲计划", "一", f"完成第{n:03d}号工程", "区投促局", "早日"] for n in range(120)]
    send(office, table([HEADER, *lines, ["甲计划", "一", "可以导入的工作", "区投促局", "年内"]]))
    pk = ImportBatch.objects.get().pk
    office.post(reverse("tasks:import-answers", args=[pk]), {"bulk": "leave-refused"})
    assert "disabled" not in page(office, "import", pk).split('id="apply"')[1]
    office.post(reverse("tasks:import-answers", args=[pk]), {"bulk": "take-all"})
    assert "disabled" in page(office, "import", pk).split('id="apply"')[1]


def test_matches_are_confirmed_row_by_row_or_all_at_once(office, district):
    lines = [["示例行动计划", "示例大项一", "建成人才公寓626套", "区住建局", "8月底前"]]
    send(office, table([HEADER, *lines]))
    pk = ImportBatch.objects.get().pk
    text = page(office, "import", pk)
    assert f'<option value="{district.tasks[0].pk}">' in text
    office.post(reverse("tasks:import-answers", args=[pk]), {"bulk": "match-same"})
    text = page(office, "import", pk)
    assert "建成人才公寓624套</del>" in text
    office.force_login(district.head)  # who alone moves deadlines
    answer = office.post(
        reverse("tasks:import-apply", args=[pk]), {"seen": seen(text), "reason": "区委专题会议定"}, follow=True
    )
    assert "7月31日前</del>" in answer.content.decode()


def test_a_stale_preview_is_answered_with_the_fresh_one(office, district):
    send(office, messy())
    pk = ImportBatch.objects.get().pk
    answer = office.post(reverse("tasks:import-apply", args=[pk]), {"seen": "0" * 64})
    assert answer.status_code == 409
    assert "预览之后数据有变动" in answer.content.decode()
    assert not ImportBatch.objects.get().applied_at


def test_two_columns_for_one_field_come_back_with_what_was_chosen(office):
    send(office, table([HEADER, ["甲计划", "一", "做一件事", "区投促局", "年内"]]))
    pk = ImportBatch.objects.get().pk
    answer = office.post(
        reverse("tasks:import-columns", args=[pk]),
        {"use": "0", "c-0-2": "task", "c-0-3": "task", "default_item": "某项"},
    )
    assert answer.status_code == 422
    assert "C1、D1" in answer.content.decode()
    assert 'value="某项"' in answer.content.decode()


def test_giving_up_leaves_the_file_on_record_and_no_batch(office):
    send(office, messy())
    pk = ImportBatch.objects.get().pk
    office.post(reverse("tasks:import-drop", args=[pk]))
    assert not ImportBatch.objects.exists()
    assert office.get(reverse("tasks:import", args=[pk])).status_code == 404


def test_the_uploaded_file_comes_back_as_it_was(office):
    data = messy()
    send(office, data)
    response = office.get(reverse("tasks:import-file", args=[ImportBatch.objects.get().pk]))
    assert b"".join(response.streaming_content) == data


def test_the_list_says_so_when_nothing_was_imported_yet(office):
    assert "还没有导入过台账" in page(office, "imports")


def test_a_system_administrator_is_asked_for_unknown_units(office, person):
    admin = person("system_admin", "区大数据局")
    send(office, table([HEADER, ["甲计划", "一", "做一件事", "某某指挥部", "年内"]]))
    office.post(reverse("tasks:import-ask-units", args=[ImportBatch.objects.get().pk]))
    assert "某某指挥部" in admin.notifications.get().body


@pytest.mark.parametrize("who", ["reporter", "signer", "leader"])
def test_others_than_the_office_see_no_import(client, district, who):
    batch = imports.start_import(district.officer, upload(messy()), reference=date(2017, 7, 1))
    client.force_login(getattr(district, who))
    for name in ("imports", "import-new", "import-text"):
        assert client.get(reverse(f"tasks:{name}")).status_code == 403
    for name in ("import", "import-rows", "import-columns", "import-refused", "import-file"):
        assert client.get(reverse(f"tasks:{name}", args=[batch.pk])).status_code == 404
    for name in ("import-apply", "import-answers", "import-units", "import-ask-units", "import-drop"):
        assert client.post(reverse(f"tasks:{name}", args=[batch.pk])).status_code == 404
    assert send(client, messy()).status_code == 403


def test_nothing_is_changed_by_looking(office):
    send(office, messy())
    pk = ImportBatch.objects.get().pk
    for name in ("import-apply", "import-answers", "import-units", "import-drop", "import-ask-units"):
        assert office.get(reverse(f"tasks:{name}", args=[pk])).status_code == 405
