"""What every app stands on: events, the working-day calendar, settings, the inbox, attachments, schedule slots."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class InsertOnly(models.Model):
    """A fact: written once, never changed or removed (the database refuses it too, see `triggers`)."""

    insert_only = True

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None and not self._state.adding:
            raise TypeError(f"{self._meta.label} is insert-only")
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError(f"{self._meta.label} is insert-only")


class Event(InsertOnly):
    """One change of state: who did what to which object, when, and what changed."""

    at = models.DateTimeField(_("时间"), db_index=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    actor_label = models.CharField(_("操作人"), max_length=100)
    post_label = models.CharField(_("岗位"), max_length=200, blank=True)
    verb = models.CharField(_("动作"), max_length=80, db_index=True)
    object_type = models.CharField(_("对象类型"), max_length=80)
    object_id = models.CharField(_("对象编号"), max_length=40)
    object_label = models.CharField(_("对象"), max_length=200)
    data = models.TextField(_("变化"), help_text="canonical JSON")
    # What stored rows the event accounts for (see `claims`), and the salts of its leaf's three parts (see `log`).
    batch = models.BigIntegerField(null=True, unique=True)
    rows = models.CharField(max_length=90, blank=True)
    face_salt = models.CharField(max_length=32)
    who_salt = models.CharField(max_length=32, blank=True)
    what_salt = models.CharField(max_length=32, blank=True)

    not_a_fact = "events are the leaves of the log themselves"
    # Only an erasure on record may blank a part, and it may do nothing else.
    update_refused_when = """NOT (
        NEW.id = OLD.id AND NEW.at = OLD.at AND NEW.verb = OLD.verb AND NEW.object_type = OLD.object_type
        AND NEW.object_id = OLD.object_id AND NEW.rows = OLD.rows AND NEW.face_salt = OLD.face_salt
        AND COALESCE(NEW.batch, 0) = COALESCE(OLD.batch, 0)
        AND ((COALESCE(NEW.actor_id, 0) = COALESCE(OLD.actor_id, 0) AND NEW.actor_label = OLD.actor_label
              AND NEW.post_label = OLD.post_label AND NEW.who_salt = OLD.who_salt)
             OR (NEW.actor_id IS NULL AND NEW.actor_label = '' AND NEW.post_label = '' AND NEW.who_salt = ''
                 AND EXISTS (SELECT 1 FROM common_erasure e WHERE e.event_id = OLD.id AND e.part = 'who')))
        AND ((NEW.data = OLD.data AND NEW.object_label = OLD.object_label AND NEW.what_salt = OLD.what_salt)
             OR (NEW.data = '{}' AND NEW.object_label = '' AND NEW.what_salt = ''
                 AND EXISTS (SELECT 1 FROM common_erasure e WHERE e.event_id = OLD.id AND e.part = 'what'))))"""

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["object_type", "object_id", "id"])]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_label} {self.verb} {self.object_label}"

    @property
    def facts(self) -> dict[str, Any]:
        """The event's data, read back."""
        return dict(json.loads(self.data))


class Leaf(InsertOnly):
    """The place of an event in the log, counted from 0 without gaps, and the hash of its leaf."""

    index = models.PositiveBigIntegerField(primary_key=True)
    event = models.OneToOneField(Event, models.PROTECT, related_name="leaf")
    hash = models.BinaryField(max_length=32)

    not_a_fact = "the log itself: made of the events"

    class Meta:
        ordering = ["index"]

    def __str__(self) -> str:
        return str(self.index)


class Node(InsertOnly):
    """A complete inner node of the log: level k, index i is the root of the leaves i * 256^k up to (i + 1) * 256^k."""

    pk = models.CompositePrimaryKey("level", "index")
    level = models.PositiveSmallIntegerField()
    index = models.PositiveBigIntegerField()
    hash = models.BinaryField(max_length=32)

    not_a_fact = "the log itself: made of the events"

    def __str__(self) -> str:
        return f"{self.level}/{self.index}"


class Claim(InsertOnly):
    """One stored row that an event accounts for; written by triggers only, see `claims`."""

    # Deferred: no commit without the event. Its order by id is the order of writing.
    batch = models.ForeignKey(Event, models.DO_NOTHING, to_field="batch", db_column="batch", related_name="claims")
    table = models.CharField(max_length=63)
    key = models.CharField(max_length=100)
    op = models.CharField(max_length=1)
    seal = models.CharField(max_length=96, blank=True)

    not_a_fact = "the log itself: what events say of the rows"
    # A seal may be wiped when a row's former content is erased (see `rows`); nothing else may change.
    update_refused_when = """NOT (NEW.id = OLD.id AND NEW.batch = OLD.batch AND NEW."table" = OLD."table"
        AND NEW."key" = OLD."key" AND NEW.op = OLD.op
        AND length(OLD.seal) = 96 AND length(NEW.seal) = 64)"""

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.op} {self.table} {self.key}"


class Shape(models.Model):
    """The columns of a table as of its last adoption by the log, see `claims.adopt`."""

    table = models.CharField(max_length=63, primary_key=True)
    columns = models.TextField()

    def __str__(self) -> str:
        return self.table


class Erasure(InsertOnly):
    """A part of an event whose text was erased for good; its commitment keeps the leaf provable."""

    class Part(models.TextChoices):
        WHO = "who", _("何人")
        WHAT = "what", _("何事")

    event = models.ForeignKey(Event, models.PROTECT, related_name="erasures")
    part = models.CharField(max_length=4, choices=Part)
    commitment = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "part"], name="erasure_once")]

    def __str__(self) -> str:
        return f"{self.event_id} {self.part}"


class Heartbeat(models.Model):
    """The last sign of life of the worker."""

    name = models.CharField(max_length=40, primary_key=True)
    value = models.JSONField()

    not_a_fact = "a sign of life, renewed every few seconds"

    def __str__(self) -> str:
        return self.name


class CalendarYear(models.Model):
    """A year whose holiday arrangement is known (published by the State Council), with its document."""

    year = models.PositiveSmallIntegerField(_("年份"), primary_key=True)
    source = models.CharField(_("依据文件"), max_length=200, blank=True)
    published = models.BooleanField(_("已公布"), default=True)

    class Meta:
        ordering = ["-year"]

    def __str__(self) -> str:
        return str(self.year)


class CalendarDay(models.Model):
    """A day that differs from the plain week: a holiday on a weekday or a make-up workday on a weekend."""

    class Kind(models.TextChoices):
        HOLIDAY = "holiday", _("放假")
        MAKEUP = "makeup", _("补班")

    day = models.DateField(_("日期"), primary_key=True)
    kind = models.CharField(_("类型"), max_length=10, choices=Kind)
    remark = models.CharField(_("说明"), max_length=100, blank=True)

    class Meta:
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {self.get_kind_display()}"


class Setting(models.Model):
    """One value that the office sets: name and JSON; defaults and meaning live in the app that uses it."""

    name = models.CharField(max_length=80, primary_key=True)
    value = models.JSONField()

    def __str__(self) -> str:
        return self.name


class Notification(models.Model):
    """A line in somebody's inbox."""

    class Kind(models.TextChoices):
        INFO = "info", _("通知")
        REMINDER = "reminder", _("提醒")
        URGE = "urge", _("催办")
        ESCALATION = "escalation", _("升级")

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.INFO)
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    url = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    # The same thing is told once, however often a job runs: (recipient, key) is unique.
    key = models.CharField(max_length=160)
    sent_email_at = models.DateTimeField(null=True)
    sent_webhook_at = models.DateTimeField(null=True)

    not_a_fact = "letters that repeat what events say, and whether they were read"

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["recipient", "key"], name="notification_once")]
        indexes = [models.Index(fields=["recipient", "read_at"])]

    def __str__(self) -> str:
        return self.title


class ScheduleSlot(models.Model):
    """One run of a scheduled job: the unique (name, slot) lets exactly one of several workers take it."""

    name = models.CharField(max_length=80)
    slot = models.CharField(max_length=40)
    taken_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=1)
    ok = models.BooleanField(null=True)
    result = models.CharField(max_length=500, blank=True)

    not_a_fact = "which worker ran which job; what a job changes has its own events"

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "slot"], name="schedule_slot_once")]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.name} {self.slot}"


class Delivery(models.Model):
    """A digest of notifications on its way out of the system: to one person by e-mail, or to the group's robot."""

    transport = models.CharField(_("途径"), max_length=20)
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    subject = models.CharField(_("标题"), max_length=200)
    text = models.TextField()
    created_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(_("次数"), default=0)
    # Empty when nothing more will be tried: it was sent, or given up.
    next_try_at = models.DateTimeField(null=True, db_index=True)
    tried_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(_("送达"), null=True)
    error = models.CharField(_("错误"), max_length=300, blank=True)

    not_a_fact = "copies of the inbox on their way out by e-mail"

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["transport", "tried_at"])]

    def __str__(self) -> str:
        return f"{self.transport} {self.subject}"


class Attachment(InsertOnly):
    """An uploaded file, kept under its content's SHA-256; what it is evidence for points here."""

    sha256 = models.CharField(max_length=64, db_index=True)
    name = models.CharField(_("文件名"), max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField(_("大小（字节）"))
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()

    # What an erased file is called; its sum is then empty.
    ERASED_NAME = "已删除"
    # Only an erasure on record may blank the name and the sum, and it may do nothing else.
    update_refused_when = f"""NOT (
        NEW.id = OLD.id AND NEW.content_type = OLD.content_type AND NEW.size = OLD.size
        AND NEW.uploaded_by_id = OLD.uploaded_by_id AND NEW.uploaded_at = OLD.uploaded_at
        AND NEW.name = '{ERASED_NAME}' AND NEW.sha256 = ''
        AND EXISTS (SELECT 1 FROM common_erasure e JOIN common_event v ON v.id = e.event_id
                    WHERE e.part = 'what' AND v.object_type = 'common.attachment'
                    AND v.object_id = CAST(OLD.id AS text)))"""  # noqa: S608

    def __str__(self) -> str:
        return self.name

    @property
    def is_erased(self) -> bool:
        return not self.sha256
