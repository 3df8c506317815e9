"""Action plan -> item (大项) -> task (具体工作) -> sub-task, with who answers for it, until when, and how much."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from qingdan.web.common import clock
from qingdan.web.common.models import InsertOnly
from qingdan.web.units.models import Role, Unit, User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


def task_filter(user: User | AnonymousUser, prefix: str = "") -> Q | None:
    """The condition under which ``user`` may see a task reached through ``prefix``; None: sees every task.

    The office, leaders and the discipline office see all; a unit sees the tasks in which it (or a collective that
    it belongs to) has any part; an embedded group those of its bureau. Administrators see no business at all.
    """
    nothing = Q(pk__in=[])
    if not isinstance(user, User):
        return nothing
    standing = user.standing
    if standing.sees_all:
        return None
    units = standing.units(Role.REPORTER, Role.SIGNER, Role.EMBEDDED)
    if not units:
        return nothing
    part = Assignment.objects.filter(Q(unit__in=units) | Q(unit__members__in=units))
    return Q(**{f"{prefix}pk__in": part.values("task")})


class Tag(models.Model):
    """A dimension to roll up by: a strategy (“中优”“西控”) or a functional zone (四大功能区)."""

    class Kind(models.TextChoices):
        STRATEGY = "strategy", _("战略")
        ZONE = "zone", _("功能区")

    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(_("名称"), max_length=60)

    class Meta:
        ordering = ["kind", "id"]
        constraints = [models.UniqueConstraint(fields=["kind", "name"], name="tag_once")]

    def __str__(self) -> str:
        return self.name


class Source(models.Model):
    """Where a task comes from: a document or a meeting, its level and date."""

    class Kind(models.TextChoices):
        DOCUMENT = "document", _("文件")
        MEETING = "meeting", _("会议")

    class Level(models.TextChoices):
        CENTRAL = "central", _("中央")
        PROVINCE = "province", _("省")
        CITY = "city", _("市")
        DISTRICT = "district", _("区")

    kind = models.CharField(_("类型"), max_length=10, choices=Kind)
    level = models.CharField(_("层级"), max_length=10, choices=Level)
    title = models.CharField(_("名称"), max_length=200)
    number = models.CharField(_("文号"), max_length=60, blank=True)
    held_on = models.DateField(_("日期"), null=True, blank=True)
    date_written = models.CharField(_("日期原文"), max_length=40, blank=True)

    class Meta:
        ordering = ["-held_on", "id"]
        constraints = [models.UniqueConstraint(fields=["title", "number"], name="source_once")]

    def __str__(self) -> str:
        return self.title


class Plan(models.Model):
    """An action plan (行动计划), one of the ten."""

    code = models.CharField(_("编码"), max_length=20, unique=True)
    name = models.CharField(_("行动计划"), max_length=100, unique=True)
    campaign = models.ForeignKey("Campaign", models.PROTECT, null=True, blank=True, related_name="plans")
    leads = models.ManyToManyField(Unit, through="PlanLead", related_name="led_plans")
    sort = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["sort", "code"]

    def __str__(self) -> str:
        return self.name


class PlanLead(models.Model):
    """A lead unit of a plan; a plan may have several, in order."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="plan_leads")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["plan", "unit"], name="plan_lead_once")]

    def __str__(self) -> str:
        return f"{self.plan} {self.unit}"


class Item(models.Model):
    """An item (大项) of a plan; its state follows from its tasks."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="items")
    code = models.CharField(_("编码"), max_length=20, unique=True)
    name = models.CharField(_("事项"), max_length=300)
    sort = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["plan__sort", "sort", "id"]

    def __str__(self) -> str:
        return self.name


class TaskQuerySet(models.QuerySet["Task"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The tasks that ``user`` may see (rule: `task_filter`)."""
        condition = task_filter(user)
        return self if condition is None else self.filter(condition)

    def with_deadline(self, moment: datetime | None = None) -> Self:
        """Annotate ``due_on``, ``due_written`` and ``due_kind`` as they stood at ``moment`` (now by default)."""
        latest = DeadlineChange.objects.filter(task=OuterRef("pk"), at__lte=moment or clock.now()).order_by(
            "-at", "-id"
        )
        return self.annotate(
            due_on=Subquery(latest.values("due_on")[:1]),
            due_written=Subquery(latest.values("written")[:1]),
            due_kind=Subquery(latest.values("kind")[:1]),
        )

    def open_at(self, moment: datetime | None = None) -> Self:
        """The tasks not closed at ``moment``: never closed, or reopened last."""
        from .following import Closure

        last = Closure.objects.filter(task=OuterRef("pk"), at__lte=moment or clock.now()).order_by("-at", "-id")
        return self.annotate(_last=Subquery(last.values("kind")[:1])).filter(
            Q(_last__isnull=True) | Q(_last=Closure.Kind.REOPENED)
        )


class Task(models.Model):
    """A concrete piece of work (具体工作) under an item, or a sub-task of another task with its own node."""

    class Supervision(models.TextChoices):
        ROUTINE = "routine", _("日常")
        SPECIAL = "special", _("专项")

    code = models.CharField(_("任务编码"), max_length=24, unique=True)
    item = models.ForeignKey(Item, models.PROTECT, related_name="tasks")
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="subtasks")
    work = models.TextField(_("工作内容"))
    key = models.BooleanField(_("重点"), default=False)
    supervision = models.CharField(_("督查类型"), max_length=10, choices=Supervision, default=Supervision.ROUTINE)
    # Days before the deadline from which the light turns yellow; empty: the office's default.
    tolerance_days = models.PositiveSmallIntegerField(_("提前预警天数"), null=True, blank=True)
    closing_rule = models.CharField(
        _("办结标准"), max_length=300, blank=True, help_text=_("“积极落实”等没有终点的任务，写明怎样算办结")
    )
    units = models.ManyToManyField(Unit, through="Assignment", related_name="tasks")
    tags = models.ManyToManyField(Tag, blank=True, related_name="tasks")
    sources = models.ManyToManyField(Source, blank=True, related_name="tasks")
    sort = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now)

    objects = TaskQuerySet.as_manager()

    class Meta:
        ordering = ["item__plan__sort", "item__sort", "sort", "id"]

    def __str__(self) -> str:
        return f"{self.code} {self.work[:40]}"


class Assignment(models.Model):
    """A unit's part in a task. Of several leads the first (order 0) is *the* lead unit and reports."""

    class Part(models.TextChoices):
        LEAD = "lead", _("牵头单位")
        RESPONSIBLE = "responsible", _("责任单位")
        SUPPORT = "support", _("配合单位")

    task = models.ForeignKey(Task, models.CASCADE, related_name="assignments")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="assignments")
    part = models.CharField(max_length=12, choices=Part)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["part", "order"]
        constraints = [models.UniqueConstraint(fields=["task", "unit", "part"], name="assignment_once")]

    def __str__(self) -> str:
        return f"{self.task_id} {self.get_part_display()} {self.unit}"


class Target(models.Model):
    """A quantified target of a task: value, unit and qualifier, as printed (624套, 199亿元以上)."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="targets")
    value = models.DecimalField(_("数值"), max_digits=20, decimal_places=4)
    unit = models.CharField(_("单位"), max_length=20)
    qualifier = models.CharField(_("限定"), max_length=2, default="=")
    written = models.CharField(_("原文"), max_length=60)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.written


class DeadlineChange(InsertOnly):
    """What a task's deadline became at a moment: as written, and its reading. The first row is the original."""

    task = models.ForeignKey(Task, models.PROTECT, related_name="deadlines")
    written = models.CharField(_("完成时限"), max_length=60)
    kind = models.CharField(max_length=12)
    due_on = models.DateField(_("最后一天"), null=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    reason = models.CharField(_("理由"), max_length=500, blank=True)

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["task", "-at", "-id"])]

    def __str__(self) -> str:
        return self.written
