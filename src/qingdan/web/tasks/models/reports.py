"""The weekly report: a period, each unit's drafts, and the versions that it submitted."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from qingdan.web.common.models import Attachment, InsertOnly
from qingdan.web.units.models import Unit, User

from .plans import Task, task_filter

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class Forecast(models.TextChoices):
    """预估是否能够按时办结."""

    YES = "yes", _("能")
    NO = "no", _("不能")
    UNSURE = "unsure", _("不确定")


class ReportPeriod(models.Model):
    """A reporting week. A week without a working day is kept as skipped, with the reason."""

    monday = models.DateField(_("周一"), unique=True)
    opens_on = models.DateField(_("开放日"), null=True)
    due_on = models.DateField(_("截止日"), null=True)
    skipped = models.CharField(_("免报原因"), max_length=100, blank=True)

    class Meta:
        ordering = ["-monday"]

    def __str__(self) -> str:
        return f"{self.monday:%Y-%m-%d} 周"

    @property
    def sunday(self) -> date:
        return date.fromordinal(self.monday.toordinal() + 6)


class ReportContent(models.Model):
    """The typed columns of a report, shared by draft and version."""

    progress = models.TextField(_("进展情况"), blank=True)
    percent = models.PositiveSmallIntegerField(_("完成比例（%）"), null=True, blank=True)
    quantity = models.DecimalField(_("已完成数量"), max_digits=20, decimal_places=4, null=True, blank=True)
    claims_done = models.BooleanField(_("申请办结"), default=False)
    forecast = models.CharField(_("预估是否能够按时办结"), max_length=6, choices=Forecast, blank=True)
    reason = models.TextField(_("不能按时办结的原因"), blank=True)
    advice = models.TextField(_("建议"), blank=True)
    problem = models.TextField(_("需要区委区政府解决的问题"), blank=True)
    no_change = models.BooleanField(_("本周无变化"), default=False)

    CONTENT = (
        "progress",
        "percent",
        "quantity",
        "claims_done",
        "forecast",
        "reason",
        "advice",
        "problem",
        "no_change",
    )

    class Meta:
        abstract = True


class DraftQuerySet(models.QuerySet["ReportDraft"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Drafts are a unit's own until it submits them."""
        return self.filter(unit__in=user.standing.reporting_units) if isinstance(user, User) else self.none()


class ReportDraft(ReportContent):
    """What a unit is writing for a task this week. Not a fact yet: it may change until it is submitted."""

    period = models.ForeignKey(ReportPeriod, models.PROTECT, related_name="drafts")
    task = models.ForeignKey(Task, models.PROTECT, related_name="drafts")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="drafts")
    evidence = models.ManyToManyField(Attachment, blank=True, related_name="+")
    revision = models.PositiveIntegerField(default=1)
    # The version that this draft became; empty while it has unsubmitted changes.
    submitted_version = models.PositiveSmallIntegerField(null=True)
    updated_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    updated_at = models.DateTimeField()

    objects = DraftQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["period", "unit", "task"], name="draft_once")]

    def __str__(self) -> str:
        return f"{self.period} {self.unit} {self.task_id}"


class VersionQuerySet(models.QuerySet["ReportVersion"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        condition = task_filter(user, "task__")
        return self if condition is None else self.filter(condition)

    def not_returned(self) -> Self:
        return self.filter(returned__isnull=True)


class ReportVersion(ReportContent, InsertOnly):
    """A submitted report of a unit for a task and week. A correction is the next version; the highest one that
    the office has not sent back is the accepted report."""

    period = models.ForeignKey(ReportPeriod, models.PROTECT, related_name="versions")
    task = models.ForeignKey(Task, models.PROTECT, related_name="versions")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="versions")
    # The period's Monday again, so that the newest week's report of a task is one index probe.
    week = models.DateField()
    version = models.PositiveSmallIntegerField()
    written_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    signed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField()
    late = models.BooleanField(_("迟报"), default=False)
    # The office uploaded the unit's filled template on its behalf.
    on_behalf = models.BooleanField(_("代录"), default=False)

    objects = VersionQuerySet.as_manager()

    class Meta:
        ordering = ["-submitted_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["period", "unit", "task", "version"], name="version_once"),
            models.CheckConstraint(
                condition=~models.Q(forecast=Forecast.NO) | (~models.Q(reason="") & ~models.Q(advice="")),
                name="late_needs_reason_and_advice",
            ),
        ]
        indexes = [models.Index(fields=["task", "-week", "-version"])]

    def __str__(self) -> str:
        return f"{self.period} {self.unit} {self.task_id} v{self.version}"


class ReportEvidence(InsertOnly):
    """A file handed in with a report version."""

    report = models.ForeignKey(ReportVersion, models.PROTECT, related_name="evidence")
    attachment = models.ForeignKey(Attachment, models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.report_id} {self.attachment}"


class ReportReturn(InsertOnly):
    """The office sent a report version back; it no longer counts as accepted."""

    report = models.OneToOneField(ReportVersion, models.PROTECT, related_name="returned")
    reason = models.CharField(_("退回理由"), max_length=500)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.reason
