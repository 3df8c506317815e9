"""T9: personal data are erased, and every proof still holds. People and files are made up."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction

from qingdan.evidence import bundle
from qingdan.evidence.notes import Checkpoint, Note
from qingdan.evidence.signers import Signer
from qingdan.web.common import attachments, claims, erasure, log, rows
from qingdan.web.common.errors import Denied, DomainError
from qingdan.web.common.events import record
from qingdan.web.common.models import Attachment, Claim, Erasure, Event, Leaf, Notification
from qingdan.web.tasks.models import Tag
from qingdan.web.tasks.services import plans
from qingdan.web.trust.models import ErasureDecision, ErasureRequest
from qingdan.web.trust.services.erasure import ask_erasure, decide_erasure
from qingdan.web.units import services
from qingdan.web.units.models import AccessChange, Post, Role, SignInAttempt, User, UserSession

from .erasing import CONTENT, FILE_NAME, GROUND, NAME, USERNAME, blanked, change, make_scene, places

pytestmark = pytest.mark.usefixtures("standing_clock")
SIGNER = Signer("test/log", bytes(32))


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


def erase_person(scene):
    request = ask_erasure(scene.security, "units.user", str(scene.gone.pk), "both", GROUND)
    return decide_erasure(scene.inspector, request, True)


def erase_file(scene, file=None):
    request = ask_erasure(scene.security, "common.attachment", str((file or scene.file).pk), "what", GROUND)
    return decide_erasure(scene.inspector, request, True)


def leaves() -> list[bytes]:
    return [bytes(value) for value in Leaf.objects.order_by("index").values_list("hash", flat=True)]


def note() -> str:
    size = log.size()
    body = Checkpoint(SIGNER.key.name, size, log.root(size), "sha256", "2017-07-12T01:00:00Z").body()
    return Note(body, (SIGNER.sign(body),)).text()


def receipt(event: Event, checkpoint: str) -> str:
    """A bundle as it can be made of the event today: what was erased is there as its commitment only."""
    texts, salts = log.texts(event), log.salts(event)
    made = log.commitments(event, log.erasures([event.pk]).get(event.pk))
    parts = {
        part: bundle.Disclosed(salts[part], texts[part]) if salts[part] else bundle.Withheld(made[part])
        for part in log.PARTS
    }
    size = Checkpoint.parse(Note.parse(checkpoint).body).size
    proof = log.inclusion(event.leaf.index, size)
    return bundle.make(index=event.leaf.index, proof=proof, checkpoint=checkpoint, log=SIGNER.key, **parts).text()


# ------------------------------------------------------------------ the proofs
def test_leaves_roots_and_receipts_hold_after_an_erasure(scene):
    before, checkpoint = leaves(), note()
    events = list(Event.objects.filter(leaf__isnull=False).select_related("leaf"))
    earlier = {event.pk: receipt(event, checkpoint) for event in events}
    roots = [log.root(size) for size in range(1, len(before) + 1)]
    erase_file(scene)
    erase_person(scene)
    log.seal_now()
    assert leaves()[: len(before)] == before and log.size() > len(before)
    assert [log.root(size) for size in range(1, len(before) + 1)] == roots
    gone = blanked("what") | blanked("who")
    assert len(gone) == 8
    for event in Event.objects.filter(pk__in=earlier).select_related("leaf"):
        kept = bundle.check(earlier[event.pk], SIGNER.key.vkey)
        now = bundle.check(receipt(event, checkpoint), SIGNER.key.vkey)
        assert kept.ok and now.ok, (kept.chinese, now.chinese)
        assert (now.what is None, now.who is None) == (event.pk in blanked("what"), event.pk in blanked("who"))


def test_the_events_still_account_for_their_rows(scene):
    erase_file(scene)
    erase_person(scene)
    for event in Event.objects.exclude(batch=None):
        made = claims.account(event.claims.order_by("id").values_list("id", "table", "key", "op", "seal"))
        assert made == event.rows


def test_seals_of_former_contents_are_wiped_and_those_of_others_are_kept(scene):
    before = dict(Claim.objects.values_list("pk", "seal"))
    erase_file(scene)
    erase_person(scene)
    attempts = SignInAttempt.objects.filter(username=f"erased-{scene.gone.pk}").values_list("pk", flat=True)
    erased = {("units_user", str(scene.gone.pk)), ("common_attachment", str(scene.file.pk))}
    erased |= {("units_signinattempt", str(pk)) for pk in attempts}
    newest = {}
    for claim in Claim.objects.order_by("id"):
        newest[claim.table, claim.key] = claim.pk
    for claim in Claim.objects.filter(pk__in=before):
        if (claim.table, claim.key) in erased:
            assert claim.seal == rows.wiped(before[claim.pk]) and newest[claim.table, claim.key] > claim.pk
        else:
            assert claim.seal == before[claim.pk]
    for row in erased:
        assert len(Claim.objects.get(pk=newest[row]).seal) == rows.SEAL_DIGITS
    assert len(erased) == 3


# ------------------------------------------------------------------ what is gone, and what is not
def test_a_persons_name_stands_in_no_table_any_more(scene):
    sums = places([NAME, USERNAME, "daishan@example.invalid"])
    assert {"common_event.data", "common_event.actor_label", "units_user.name", "common_notification.title"} <= set(
        sums
    )
    erase_file(scene)
    decision = erase_person(scene)
    assert places([NAME, USERNAME, "daishan@example.invalid"]) == {}
    person = User.objects.get(pk=scene.gone.pk)
    assert person.name == f"已删除用户{person.pk}" and not person.is_active and not person.has_usable_password()
    assert not UserSession.objects.filter(user=person).exists()
    assert not Notification.objects.filter(recipient=person).exists()
    assert Notification.objects.get(recipient=scene.other, key="told").title == "已删除提交了材料"
    # Who asked and who decided, on what ground, and that something was erased: all that stays.
    event = Event.objects.get(verb="trust.decide_erasure", object_id=str(decision.request_id))
    assert event.actor == scene.inspector and event.facts["events"] == decision.events == 8
    assert event.facts["object_id"] == str(person.pk) and event.facts["left"] == {}
    assert Event.objects.get(verb="trust.ask_erasure", object_id=str(decision.request_id)).facts["reason"] == GROUND


def test_another_person_of_the_same_name_keeps_what_is_recorded_of_them(scene):
    namesake = services.add_person(scene.system, username="namesake", name=NAME).user
    services.edit_person(scene.system, namesake, name=NAME, email="two@example.invalid")
    post = Post.objects.get(holdings__user=scene.other)
    change(scene.system, scene.security, AccessChange.Kind.APPOINT, post, user=namesake, effective_on=date(2017, 7, 12))
    log.seal_now()
    theirs = set(Event.objects.order_by("-id").values_list("pk", flat=True)[:4])
    erase_file(scene)
    decision = erase_person(scene)
    assert User.objects.get(pk=namesake.pk).name == NAME and not theirs & (blanked("what") | blanked("who"))
    # It is said, not hidden, that the name still stands somewhere.
    left = Event.objects.get(verb="trust.decide_erasure", object_id=str(decision.request_id)).facts["left"]
    assert left["units_user.name"] == 1 and left["common_event.object_label"] >= 1


def test_an_event_that_names_the_person_in_a_field_of_its_own_goes_with_them(scene, person):
    """A search for a person's name is recorded with what was searched."""
    office, post = person(Role.SUPERVISION_HEAD), Post.objects.first()
    found, other = (record(office, "tasks.export", post, conditions={"who": who}) for who in (NAME, f"{NAME}的同事"))
    log.seal_now()
    erase_file(scene)
    erase_person(scene)
    assert found.pk in blanked("what") and other.pk not in blanked("what")


def test_a_name_in_the_text_of_business_is_reported_and_not_erased(scene, person):
    office = person(Role.SUPERVISION_HEAD)
    plans.add_tag(office, Tag.Kind.STRATEGY, f"{NAME}同志事迹")
    log.seal_now()
    erase_file(scene)
    decision = erase_person(scene)
    event = Event.objects.get(verb="trust.decide_erasure", object_id=str(decision.request_id))
    assert event.facts["left"] == {"common_event.object_label": 1, "tasks_tag.name": 1}
    assert Tag.objects.get().name.startswith(NAME)


def test_an_erased_file_is_gone_from_the_disk_and_from_every_table(scene, django_capture_on_commit_callbacks):
    path = attachments.path_of(scene.file.sha256)
    assert path.read_bytes() == CONTENT
    with django_capture_on_commit_callbacks(execute=True):
        erase_file(scene)
        assert path.is_file()  # a rollback would need it
    assert not path.exists()
    assert places([FILE_NAME, scene.file.sha256]) == {}
    file = Attachment.objects.get(pk=scene.file.pk)
    assert file.name == "已删除" and file.is_erased and file.uploaded_by == scene.gone
    with pytest.raises(DomainError, match="已依法删除"):
        attachments.open_attachment(file)


def test_the_same_content_under_another_record_stays(scene, django_capture_on_commit_callbacks):
    second = attachments.store(scene.other, SimpleUploadedFile("另一份.txt", CONTENT))
    log.seal_now()
    with django_capture_on_commit_callbacks(execute=True):
        erase_file(scene)
    assert attachments.open_attachment(second).read() == CONTENT
    assert Event.objects.get(object_type="common.attachment", object_id=str(second.pk)).what_salt
    with django_capture_on_commit_callbacks(execute=True):
        erase_file(scene, second)
    assert not attachments.path_of(scene.file.sha256).exists()


def test_other_objects_lose_the_text_of_their_events_and_nothing_else(scene, person):
    tag = plans.add_tag(person(Role.SUPERVISION_HEAD), Tag.Kind.STRATEGY, "某战略")
    log.seal_now()
    request = ask_erasure(scene.security, "tasks.tag", str(tag.pk), "what", GROUND)
    assert decide_erasure(scene.inspector, request, True).events == 1
    event = Event.objects.get(verb="tasks.add_tag")
    assert (event.data, event.object_label, event.what_salt) == ("{}", "", "") and event.actor_label
    assert Tag.objects.get().name == "某战略"
    request = ask_erasure(scene.security, "tasks.tag", str(tag.pk), "both", GROUND)
    assert decide_erasure(scene.inspector, request, True).events == 1
    event.refresh_from_db()
    assert (event.actor, event.actor_label, event.post_label, event.who_salt) == (None, "", "", "")


# ------------------------------------------------------------------ all or nothing
def test_an_eraser_that_fails_leaves_everything_as_it_was(scene, monkeypatch):
    request = ask_erasure(scene.security, "units.user", str(scene.gone.pk), "both", GROUND)
    real = erasure.eraser_of("units.user")

    def broken(object_id: str) -> None:
        real.blank(object_id)
        raise RuntimeError("in the middle")

    monkeypatch.setitem(erasure._erasers, "units.user", erasure.Eraser(**{**real.__dict__, "blank": broken}))
    before = places([NAME, USERNAME]), dict(Claim.objects.values_list("pk", "seal"))
    with pytest.raises(RuntimeError, match="in the middle"):
        decide_erasure(scene.inspector, request, True)
    assert (places([NAME, USERNAME]), dict(Claim.objects.values_list("pk", "seal"))) == before
    assert not Erasure.objects.exists() and not ErasureDecision.objects.exists()


def refused(statement: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except DatabaseError as error:
        assert "refused" in str(error), error
        return True
    return False


BLANK = {
    "who": "actor_id = NULL, actor_label = '', post_label = '', who_salt = ''",
    "what": "data = '{}', object_label = '', what_salt = ''",
}


@pytest.mark.parametrize("part", ["who", "what"])
def test_the_database_lets_a_part_be_blanked_only_where_its_erasure_is_on_record(scene, part):
    event = Event.objects.filter(actor=scene.gone).order_by("id").first()
    statement = f"UPDATE common_event SET {BLANK[part]} WHERE id = {event.pk}"
    assert refused(statement)
    other = {"who": "what", "what": "who"}[part]
    Erasure.objects.create(event=event, part=other, commitment=log.commitments(event)[other])
    assert refused(statement)
    Erasure.objects.create(event=event, part=part, commitment=log.commitments(event)[part])
    assert refused(statement.replace("_salt = ''", "_salt = '0'"))
    assert refused(f"UPDATE common_event SET {BLANK[part]}, verb = 'x' WHERE id = {event.pk}")
    assert not refused(statement)


def test_the_database_lets_a_file_be_blanked_only_where_its_erasure_is_on_record(scene):
    blank = "name = '已删除', sha256 = ''"
    where = f"WHERE id = {scene.file.pk}"
    assert refused(f"UPDATE common_attachment SET {blank} {where}")
    event = Event.objects.get(object_type="common.attachment", object_id=str(scene.file.pk))
    Erasure.objects.create(event=event, part="what", commitment=log.commitments(event)["what"])
    assert refused(f"UPDATE common_attachment SET {blank}, size = 1 {where}")
    assert refused(f"UPDATE common_attachment SET name = '别的' {where}")
    assert not refused(f"UPDATE common_attachment SET {blank} {where}")


def test_an_event_of_the_same_transaction_is_not_erased_before_it_is_in_the_log(scene):
    services.edit_person(scene.system, scene.gone, name=NAME, email="late@example.invalid")
    request = ask_erasure(scene.security, "units.user", str(scene.gone.pk), "both", GROUND)
    with pytest.raises(ValueError, match="no leaf"):
        decide_erasure(scene.inspector, request, True)


# ------------------------------------------------------------------ who may, and when
def test_the_security_administrator_asks_and_the_discipline_office_decides(scene, person):
    for actor in (scene.system, scene.inspector, person(Role.AUDIT_ADMIN), person(Role.SUPERVISION_HEAD)):
        with pytest.raises(Denied):
            ask_erasure(actor, "units.user", str(scene.gone.pk), "both", GROUND)
    request = ask_erasure(scene.security, "units.user", str(scene.gone.pk), "both", GROUND)
    assert Notification.objects.filter(recipient=scene.inspector, key=f"erasure:{request.pk}").exists()
    for actor in (scene.system, scene.security, person(Role.AUDIT_ADMIN), person(Role.SUPERVISION_HEAD)):
        with pytest.raises(Denied):
            decide_erasure(actor, request, True)
    assert User.objects.get(pk=scene.gone.pk).name == NAME


def test_nobody_decides_their_own_request_or_about_themselves(scene):
    own = ErasureRequest.objects.create(
        object_type="units.user", object_id="1", scope="both", reason=GROUND, asked_by=scene.inspector,
        asked_at=scene.file.uploaded_at,
    )  # fmt: skip
    with pytest.raises(Denied, match="自己提出"):
        decide_erasure(scene.inspector, own, True)
    about = ErasureRequest.objects.create(
        object_type="units.user", object_id=str(scene.inspector.pk), scope="both", reason=GROUND,
        asked_by=scene.security, asked_at=scene.file.uploaded_at,
    )  # fmt: skip
    with pytest.raises(Denied, match="本人"):
        decide_erasure(scene.inspector, about, True)


def test_whoever_holds_a_post_is_not_erased(scene):
    with pytest.raises(DomainError, match="仍在任职"):
        ask_erasure(scene.security, "units.user", str(scene.other.pk), "both", GROUND)


@pytest.mark.parametrize(
    ("asked", "field", "said"),
    [
        (("units.user", "gone", "what", GROUND), "scope", "内容与身份"),
        (("common.attachment", "file", "both", GROUND), "scope", "事项内容"),
        (("units.user", "gone", "all", GROUND), "scope", "没有这种范围"),
        (("units.user", "gone", "both", " "), "reason", "未填写"),
        (("units.user", "gone", "both", f"{NAME}本人申请"), "reason", "要删除的内容本身"),
        (("common.attachment", "file", "what", f"删除 {FILE_NAME}"), "reason", "要删除的内容本身"),
        (("units.user", "²", "both", GROUND), "object_id", "没有编号"),
        (("units.user", "9" * 40, "both", GROUND), "object_id", "没有编号"),
        (("tasks.tag", "12345", "both", GROUND), "object_id", "没有这个对象"),
        (("trust.erasurerequest", "1", "both", GROUND), "object_type", "不能对这类对象"),
    ],
)
def test_a_request_that_does_not_fit_is_refused_with_the_reason(scene, asked, field, said):
    kind, which, scope, reason = asked
    object_id = str(getattr(scene, which).pk) if hasattr(scene, which) else which
    with pytest.raises(DomainError, match=said) as caught:
        ask_erasure(scene.security, kind, object_id, scope, reason)
    assert caught.value.field == field


def test_a_request_is_decided_once_and_one_at_a_time(scene):
    request = ask_erasure(scene.security, "units.user", str(scene.gone.pk), "both", GROUND)
    with pytest.raises(DomainError, match="待决定"):
        ask_erasure(scene.security, "units.user", str(scene.gone.pk), "both", GROUND)
    with pytest.raises(DomainError, match="须写明理由"):
        decide_erasure(scene.inspector, request, False)
    decide_erasure(scene.inspector, request, False, "线索核查中")
    assert User.objects.get(pk=scene.gone.pk).name == NAME and not Erasure.objects.exists()
    with pytest.raises(DomainError, match="已有决定"):
        decide_erasure(scene.inspector, request, True)
    # A refusal does not stand for ever; what was erased is not erased again.
    erase_person(scene)
    with pytest.raises(DomainError, match="已经删除"):
        ask_erasure(scene.security, "units.user", str(scene.gone.pk), "both", GROUND)
