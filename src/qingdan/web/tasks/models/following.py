"""What follows from reports: problems for the leadership, extensions, closing, judgements, overrides, reminders."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from qingdan.web.common import clock
from qingdan.web.common.models import InsertOnly
from qingdan.web.units.models import Role, Unit, User

from .plans import Task, task_filter
from .reports import Forecast, ReportPeriod, ReportVersion

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class ByTaskQuerySet(models.QuerySet[models.Model]):
    """Rows that are seen by whoever sees their task."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        condition = task_filter(user, "task__")
        return self if condition is None else self.filter(condition)


class ProblemQuerySet(models.QuerySet["Problem"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Seen by whoever sees the task, and by a unit to which the problem was assigned."""
        condition = task_filter(user, "task__")
        if condition is None:
            return self
        owners = user.standing.reporting_units if isinstance(user, User) else frozenset()
        if not owners:
            return self.filter(condition)
        owned = ProblemStep.objects.filter(owner__in=owners).values("problem")
        return self.filter(condition | Q(pk__in=owned))

    def with_state(self, moment: datetime | None = None) -> Self:
        """Annotate ``state`` (a `ProblemStep.Kind`, empty while nobody was assigned), ``owner_name``, ``answer_due``
        and ``state_at`` as they stood at ``moment`` (now by default)."""
        steps = ProblemStep.objects.filter(problem=OuterRef("pk"), at__lte=moment or clock.now()).order_by("-at", "-id")
        assigned = steps.filter(owner__isnull=False)
        return self.annotate(
            state=Coalesce(Subquery(steps.values("kind")[:1]), models.Value("")),
            state_at=Subquery(steps.values("at")[:1]),
            owner_id=Subquery(assigned.values("owner")[:1]),
            owner_name=Subquery(assigned.values("owner__name")[:1]),
            answer_due=Subquery(assigned.values("due_on")[:1]),
        )


class Problem(InsertOnly):
    """需要区委区政府解决的问题: raised in a report, followed until it is solved. Its state is its last step's."""

    task = models.ForeignKey(Task, models.PROTECT, related_name="problems")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="problems")
    report = models.ForeignKey(ReportVersion, models.PROTECT, related_name="problems")
    text = models.TextField(_("问题"))
    raised_at = models.DateTimeField()

    objects = ProblemQuerySet.as_manager()

    class Meta:
        ordering = ["-raised_at", "-id"]

    def __str__(self) -> str:
        return self.text[:60]


class ProblemStep(InsertOnly):
    """One step of a problem: assigned to an owner, answered, confirmed as solved, or opened again."""

    class Kind(models.TextChoices):
        ASSIGNED = "assigned", _("已交办")
        ANSWERED = "answered", _("已答复")
        SOLVED = "solved", _("已解决")
        REOPENED = "reopened", _("重新交办")

    problem = models.ForeignKey(Problem, models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=10, choices=Kind)
    owner = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", verbose_name=_("承办"))
    due_on = models.DateField(_("答复期限"), null=True)
    text = models.TextField(_("内容"), blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.problem_id} {self.get_kind_display()}"


class ExtensionRequest(InsertOnly):
    """A unit asks, before the deadline has passed, for a later one."""

    task = models.ForeignKey(Task, models.PROTECT, related_name="extensions")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    old_written = models.CharField(_("原时限"), max_length=60)
    old_due_on = models.DateField(null=True)
    written = models.CharField(_("申请时限"), max_length=60)
    due_on = models.DateField()
    reason = models.TextField(_("理由"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = ByTaskQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.task_id} {self.old_written} -> {self.written}"


class ExtensionDecision(InsertOnly):
    """The office's decision on an extension request."""

    request = models.OneToOneField(ExtensionRequest, models.PROTECT, related_name="decision")
    approved = models.BooleanField(_("同意"))
    reason = models.CharField(_("意见"), max_length=500)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.reason


class Closure(InsertOnly):
    """The office's closing of a task, with its reason; or its reopening."""

    class Kind(models.TextChoices):
        DONE = "done", _("办结")
        ROUTINE = "routine", _("转为常态")
        WITHDRAWN = "withdrawn", _("撤销")
        MERGED = "merged", _("并入")
        REOPENED = "reopened", _("重新打开")

    task = models.ForeignKey(Task, models.PROTECT, related_name="closures")
    kind = models.CharField(_("办结方式"), max_length=10, choices=Kind)
    finished_on = models.DateField(_("完成日期"), null=True)
    merged_into = models.ForeignKey(Task, models.PROTECT, null=True, related_name="+")
    document = models.CharField(_("批准文号"), max_length=100, blank=True)
    note = models.CharField(_("说明"), max_length=500)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["task", "-at", "-id"])]

    def __str__(self) -> str:
        return f"{self.task_id} {self.get_kind_display()}"


class Judgement(InsertOnly):
    """The office's own view on whether a task will be on time, apart from the unit's forecast and the light."""

    task = models.ForeignKey(Task, models.PROTECT, related_name="judgements")
    forecast = models.CharField(_("研判"), max_length=6, choices=Forecast)
    note = models.CharField(_("依据"), max_length=500)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["task", "-at", "-id"])]

    def __str__(self) -> str:
        return f"{self.task_id} {self.get_forecast_display()}"


class LightOverride(InsertOnly):
    """The office sets a task's light by hand until a day, with the reason. An empty light ends an override."""

    task = models.ForeignKey(Task, models.PROTECT, related_name="overrides")
    light = models.CharField(_("灯号"), max_length=10, blank=True)
    reason = models.CharField(_("理由"), max_length=500)
    expires_on = models.DateField(_("有效至"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["task", "-at", "-id"])]

    def __str__(self) -> str:
        return f"{self.task_id} {self.light}"

    @property
    def light_label(self) -> str:
        """The light in words."""
        from ..light import Light

        return str(Light(self.light).label) if self.light else ""


class EscalationRule(models.Model):
    """One rung of the ladder, as data: so many working days from a due date, tell these people at this level."""

    class Trigger(models.TextChoices):
        REPORT = "report", _("周报截止日")
        TASK = "task", _("任务完成时限")
        PROBLEM = "problem", _("问题答复期限")

    trigger = models.CharField(_("起算"), max_length=8, choices=Trigger)
    workdays = models.SmallIntegerField(_("工作日"), help_text=_("负数为提前，正数为逾期后"))
    name = models.CharField(_("级别"), max_length=40)
    recipient = models.CharField(_("通知对象"), max_length=24, choices=Role)
    key_only = models.BooleanField(_("仅重点任务"), default=False)
    active = models.BooleanField(_("启用"), default=True)

    class Meta:
        ordering = ["trigger", "workdays", "id"]

    def __str__(self) -> str:
        return f"{self.get_trigger_display()} {self.workdays:+d} {self.name}"


class NoticeQuerySet(models.QuerySet["EscalationNotice"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """All for those who see everything, its own for a unit and for the embedded group that watches it."""
        if not isinstance(user, User):
            return self.none()
        standing = user.standing
        if standing.sees_all:
            return self
        return self.filter(unit__in=standing.units(Role.REPORTER, Role.SIGNER, Role.EMBEDDED))


class EscalationNotice(InsertOnly):
    """A rung that was reached: printed, counted, and never reached twice for the same matter."""

    rule = models.ForeignKey(EscalationRule, models.PROTECT, related_name="notices")
    rule_name = models.CharField(max_length=40)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="escalations")
    task = models.ForeignKey(Task, models.PROTECT, null=True, related_name="escalations")
    period = models.ForeignKey(ReportPeriod, models.PROTECT, null=True, related_name="escalations")
    # What the rung is about, with the due date counted from: a new due date starts a new ladder.
    matter = models.CharField(max_length=80)
    text = models.CharField(max_length=500)
    at = models.DateTimeField()

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [models.UniqueConstraint(fields=["rule", "matter"], name="rung_once")]

    def __str__(self) -> str:
        return self.text
