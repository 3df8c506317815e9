"""The monthly list: an edition with its lines, free to change until it is issued and frozen for ever after."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from qingdan.web.units.models import Unit, User

from .plans import Item, Plan, Tag, Task, task_filter

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class Campaign(models.Model):
    """A push over a limited time (战略攻坚月), with its own statistics and effect report."""

    name = models.CharField(_("名称"), max_length=100, unique=True)
    starts_on = models.DateField(_("开始"))
    ends_on = models.DateField(_("结束"))
    strategies = models.ManyToManyField(Tag, blank=True, related_name="campaigns")

    class Meta:
        ordering = ["-starts_on"]

    def __str__(self) -> str:
        return self.name


class EditionQuerySet(models.QuerySet["ListEdition"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Drafts are the office's own; an issued edition is seen by everyone with a part in the work."""
        if not isinstance(user, User):
            return self.none()
        if user.standing.is_office:
            return self
        issued = self.filter(issued_at__isnull=False)
        return (
            issued
            if task_filter(user) is None
            else issued.filter(lines__in=ListLine.objects.visible_to(user)).distinct()
        )

    def issued(self) -> Self:
        return self.filter(issued_at__isnull=False)


class ListEdition(models.Model):
    """One edition of the monthly task list (任务清单). A correction after issue is a further version."""

    frozen_when = "OLD.issued_at IS NOT NULL"

    month = models.DateField(_("月份"), help_text=_("当月1日"))
    version = models.PositiveSmallIntegerField(_("版次"), default=1)
    title = models.CharField(_("标题"), max_length=200)
    campaign = models.ForeignKey(Campaign, models.PROTECT, null=True, blank=True, related_name="editions")
    previous = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="followers")
    created_at = models.DateTimeField()
    issued_at = models.DateTimeField(_("印发时间"), null=True, blank=True)
    issued_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    # SHA-256 over the canonical JSON of all lines, fixed at issue.
    digest = models.CharField(max_length=64, blank=True)

    objects = EditionQuerySet.as_manager()

    class Meta:
        ordering = ["-month", "-version"]
        constraints = [models.UniqueConstraint(fields=["month", "version"], name="edition_once")]

    def __str__(self) -> str:
        return self.title

    @property
    def is_issued(self) -> bool:
        return self.issued_at is not None

    @property
    def month_end(self) -> date:
        year, month = divmod(self.month.year * 12 + self.month.month, 12)
        return date.fromordinal(date(year, month + 1, 1).toordinal() - 1)


class LineQuerySet(models.QuerySet["ListLine"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        condition = task_filter(user, "task__")
        return self if condition is None else self.filter(condition)

    def standing_lines(self) -> Self:
        """The lines of work of this edition: all but those taken off it."""
        return self.exclude(change=ListLine.Change.REMOVED)


class ListLine(models.Model):
    """One task's line in an edition: its change against the month before, and its words as issued."""

    class Change(models.TextChoices):
        NEW = "new", _("新增")
        CARRIED = "carried", _("延续")
        CHANGED = "changed", _("调整")
        REMOVED = "removed", _("移出")

    class Removal(models.TextChoices):
        DONE = "done", _("完成")
        MERGED = "merged", _("合并")
        CANCELLED = "cancelled", _("取消")
        DEFERRED = "deferred", _("顺延")

    _issued = "EXISTS (SELECT 1 FROM tasks_listedition e WHERE e.id = {row}.edition_id AND e.issued_at IS NOT NULL)"
    frozen_when = _issued.format(row="OLD")
    frozen_insert_when = _issued.format(row="NEW")

    edition = models.ForeignKey(ListEdition, models.CASCADE, related_name="lines")
    task = models.ForeignKey(Task, models.PROTECT, related_name="lines")
    change = models.CharField(_("变动"), max_length=8, choices=Change)
    removal = models.CharField(_("移出原因"), max_length=10, choices=Removal, blank=True)
    reason = models.CharField(_("变动说明"), max_length=500, blank=True)
    approver = models.CharField(_("批准人（岗位）"), max_length=100, blank=True)
    merged_into = models.ForeignKey(Task, models.PROTECT, null=True, blank=True, related_name="+")

    # The line as printed. Filled when the line is drafted, fixed when the edition is issued.
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    lead_unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    plan_name = models.CharField(max_length=100)
    item_name = models.CharField(max_length=300)
    work = models.TextField(_("工作内容"))
    leads = models.CharField(_("牵头单位"), max_length=300, blank=True)
    responsible = models.CharField(_("责任单位"), max_length=500, blank=True)
    supporters = models.CharField(_("配合单位"), max_length=500, blank=True)
    deadline = models.CharField(_("完成时限"), max_length=60, blank=True)
    due_on = models.DateField(null=True)
    key = models.BooleanField(_("重点"), default=False)
    # Place in the list: plan, item and task order in one number, so that a chunk of rows is one index range.
    position = models.PositiveIntegerField(default=0)

    objects = LineQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["edition", "task"], name="line_once")]
        indexes = [models.Index(fields=["edition", "position"])]

    def __str__(self) -> str:
        return f"{self.edition_id} {self.work[:40]}"
