"""Files that are no ledgers: a message with place, reason and remedy, never a fault, and nothing stored."""

from __future__ import annotations

import io
import random
import zipfile

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from import_files import messy, old_table, upload, word

from qingdan.web.common.models import Attachment
from qingdan.web.tasks.models import ImportBatch, Task


def bomb() -> bytes:
    """A workbook whose one sheet swells to 300 MB."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 300_000_000)
    return buffer.getvalue()


def zipped(name: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, "x")
    return buffer.getvalue()


FILES = {
    "空文件": lambda: b"",
    "随机字节": lambda: random.Random(1).randbytes(5000),
    "截断的工作簿": lambda: messy()[:3000],
    "截断的旧工作簿": lambda: old_table([["工作内容", "牵头单位"], ["做", "局"]])[:1500],
    "炸弹": bomb,
    "压缩包": lambda: zipped("a.txt"),
    "宏": lambda: zipped("xl/vbaProject.bin"),
    "没有表头": lambda: "甲,乙\n1,2\n".encode(),
    "没有表格的文档": lambda: word([["甲", "乙"]], ["一段文字"]),
    "PDF": lambda: b"%PDF-1.4 nothing",
    "网页": lambda: b"<html><table><tr><td>x</td></tr></table></html>",
    "引号不成对": lambda: '工作内容,牵头单位\n"做,局\n'.encode(),
}


WHOLE = messy()  # made once: the workbook carries the minute in which it was made


LETTERS = "建成7月底前，、区住建局（）无=\t '\"〇①Ａ牵头小计注：一、\x1f\u202e🙂"


def send(client, data, name="台账.xlsx"):
    return client.post(
        reverse("tasks:import-new"), {"file": upload(data, name), "kind": "ledger", "reference": "2017-07"}
    )


@pytest.mark.parametrize("what", FILES)
def test_a_file_that_is_no_ledger_gets_a_message_and_leaves_nothing(client, district, what):
    client.force_login(district.officer)
    for name in ("台账.xlsx", "台账.csv"):
        answer = send(client, FILES[what](), name)
        assert answer.status_code == 422
        assert "qd-error" in answer.content.decode()
    assert not ImportBatch.objects.exists()
    assert not Attachment.objects.exists()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_workbooks_never_make_a_fault(client, district, data):
    client.force_login(district.officer)
    whole = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 20))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    tasks = Task.objects.count()
    answer = send(client, bytes(whole[: data.draw(st.integers(1, len(whole)))]))
    assert answer.status_code in (302, 422)
    if answer.status_code == 302:
        pk = ImportBatch.objects.first().pk
        assert client.get(reverse("tasks:import", args=[pk])).status_code in (200, 422)
    assert Task.objects.count() == tasks


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cells=st.lists(st.lists(st.text(alphabet=LETTERS, max_size=12), min_size=5, max_size=5), min_size=1, max_size=8)
)  # fmt: skip
def test_any_words_below_a_header_are_previewed(client, district, cells):
    import csv

    client.force_login(district.officer)
    text = io.StringIO()
    csv.writer(text).writerows([["行动计划", "大项", "工作内容", "牵头单位", "完成时限"], *cells])
    answer = send(client, text.getvalue().encode(), "台账.csv")
    if answer.status_code == 302:
        pk = ImportBatch.objects.first().pk
        page = client.get(reverse("tasks:import", args=[pk]))
        assert page.status_code == 200
        assert client.post(reverse("tasks:import-apply", args=[pk])).status_code in (302, 422)
        assert client.get(reverse("tasks:import", args=[pk])).status_code == 200
    else:
        assert answer.status_code == 422


@pytest.mark.parametrize(
    "form",
    [
        {"use": ["0", "x", "99999999999", "-1"], "c-0-2": "task"},
        {"use": "0", "c-0-2": "task", "c-0-99999": "lead", "c-x-1": "lead"},
        {"use": "0", "c-0-2": "<script>"},
        {"use": "0", "default_plan": "甲" * 5000},
    ],
)
def test_odd_posts_to_the_columns_page_never_make_a_fault(client, district, form):
    client.force_login(district.officer)
    send(client, messy())
    pk = ImportBatch.objects.get().pk
    assert client.post(reverse("tasks:import-columns", args=[pk]), form).status_code in (302, 422)
    assert client.get(reverse("tasks:import", args=[pk])).status_code == 200


@pytest.mark.parametrize(
    "form",
    [
        {"match-0:6": "9" * 30},
        {"match-0:6": "999999"},
        {"match-nonsense": "new", "leave": ["x:y", "0:6"], "take": "0:6"},
        {"bulk": "nonsense", "action": "nonsense"},
        {"action": "refuse"},
    ],
)
def test_odd_answers_never_make_a_fault(client, district, form):
    client.force_login(district.officer)
    send(client, messy())
    pk = ImportBatch.objects.get().pk
    assert client.post(reverse("tasks:import-answers", args=[pk]), form).status_code == 302
    assert client.get(reverse("tasks:import", args=[pk]) + "?action=zzz&page=zzz").status_code == 200
