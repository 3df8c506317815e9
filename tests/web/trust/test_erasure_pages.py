"""The pages of erasures: asking, deciding with the number typed, the printable record. People are made up."""

from __future__ import annotations

import pytest
from django.urls import reverse

from qingdan.web.trust.jobs_erasure import settle
from qingdan.web.trust.models import ErasureRequest
from qingdan.web.trust.services.erasure import ask_erasure, decide_erasure, note_settled
from qingdan.web.units.models import Role, User

from .erasing import EMAIL, GROUND, NAME, USERNAME, make_scene

pytestmark = pytest.mark.usefixtures("standing_clock")


@pytest.fixture
def scene(person, settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "files"},
        },
    }
    return make_scene(person)


@pytest.fixture
def request_(scene):
    return ask_erasure(scene.security, "units.user", str(scene.gone.pk), "both", GROUND)


def text(response) -> str:
    return response.content.decode()


def test_the_security_administrator_asks_on_a_form(client, scene):
    client.force_login(scene.security)
    page = text(client.get(reverse("trust:ask-erasure"), {"type": "units.user", "id": scene.gone.pk}))
    assert f'value="{scene.gone.pk}"' in page and "不能恢复" in page
    fields = {"object_type": "units.user", "object_id": scene.gone.pk, "scope": "both", "reason": f"{NAME}申请"}
    refused = client.post(reverse("trust:ask-erasure"), fields)
    assert refused.status_code == 422 and "要删除的内容本身" in text(refused)
    made = client.post(reverse("trust:ask-erasure"), {**fields, "reason": GROUND}, follow=True)
    assert "待决定" in text(made) and GROUND in text(made)
    assert ErasureRequest.objects.get().asked_by == scene.security


def test_the_decision_needs_the_objects_number(client, scene, request_):
    client.force_login(scene.inspector)
    url = reverse("trust:decide-erasure", args=[request_.pk])
    page = text(client.get(reverse("trust:erasure", args=[request_.pk])))
    assert NAME in page and "删除后不能恢复" in page and "7 条记录" in page
    for typed in ("", f"{scene.gone.pk}0"):
        answer = client.post(url, {"granted": "1", "confirm": typed})
        assert answer.status_code == 422 and "与对象编号不同" in text(answer)
    assert User.objects.get(pk=scene.gone.pk).name == NAME
    answer = client.post(url, {"granted": "1", "confirm": str(scene.gone.pk)}, follow=True)
    assert "同意并已删除" in text(answer) and NAME not in text(answer)
    assert User.objects.get(pk=scene.gone.pk).name != NAME


def test_a_refusal_needs_a_reason_and_no_number(client, scene, request_):
    client.force_login(scene.inspector)
    url = reverse("trust:decide-erasure", args=[request_.pk])
    assert client.post(url, {"granted": "0"}).status_code == 422
    answer = client.post(url, {"granted": "0", "reason": "线索核查中"}, follow=True)
    assert "已退回" in text(answer) and User.objects.get(pk=scene.gone.pk).name == NAME


def test_the_record_says_what_is_left_and_what_backups_still_hold(client, scene, request_):
    decide_erasure(scene.inspector, request_, True)
    client.force_login(scene.inspector)
    url = reverse("trust:erasure", args=[request_.pk])
    page = text(client.get(url))
    # The file that bears the name is another object: it was not asked for.
    assert "common_attachment.name" in page and "以前的备份" in page and "备份保管人（签字）" in page
    assert "待后台作业清除" in page
    note_settled(request_)
    assert "待后台作业清除" not in text(client.get(url))


@pytest.mark.parametrize(
    ("state", "shown"), [("", True), ("waiting", True), ("granted", False), ("refused", False), ("odd", True)]
)
def test_the_list_is_filtered_by_state(client, scene, request_, state, shown):
    client.force_login(scene.security)
    assert (GROUND in text(client.get(reverse("trust:erasures"), {"state": state}))) == shown


def test_only_those_who_decide_are_shown_what_it_is_and_no_page_keeps_it(client, scene, request_, person):
    url = reverse("trust:erasure", args=[request_.pk])
    for reader in (scene.security, person(Role.AUDIT_ADMIN)):
        client.force_login(reader)
        page = text(client.get(url))
        assert not any(word in page for word in (NAME, USERNAME, EMAIL))
    for outsider in (scene.other, scene.system, person(Role.SUPERVISION_HEAD), person(Role.LEADER)):
        client.force_login(outsider)
        assert client.get(url).status_code == 404 and client.get(reverse("trust:erasures")).status_code == 403


def test_the_files_of_the_database_are_not_written_anew_inside_a_transaction(request_):
    from django.db.transaction import TransactionManagementError

    with pytest.raises(TransactionManagementError):
        settle.call(request_.pk)
