"""Imports: what was uploaded, how its columns were read, what it would do, and that it was done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from qingdan.web.common.models import Attachment
from qingdan.web.units.models import Unit, User

from .lists import ListEdition
from .reports import ReportPeriod

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class ColumnMapping(models.Model):
    """How the columns of ledgers with these headers were read last time, to be proposed next time."""

    fingerprint = models.CharField(max_length=64, primary_key=True)
    mapping = models.JSONField()
    updated_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.fingerprint


class BatchQuerySet(models.QuerySet["ImportBatch"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Imports are the office's business."""
        return self if isinstance(user, User) and user.standing.is_office else self.none()


class ImportBatch(models.Model):
    """An uploaded ledger on its way in: previewed, then applied whole or not at all."""

    class Kind(models.TextChoices):
        LEDGER = "ledger", _("任务台账")
        REPORTS = "reports", _("周报模板（代录）")
        NEWS = "news", _("新闻或文字材料")

    kind = models.CharField(max_length=8, choices=Kind, default=Kind.LEDGER)
    file = models.ForeignKey(Attachment, models.PROTECT, related_name="+")
    edition = models.ForeignKey(ListEdition, models.PROTECT, null=True, related_name="imports")
    period = models.ForeignKey(ReportPeriod, models.PROTECT, null=True, related_name="imports")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    # The month that dates without a year are read against.
    reference = models.DateField(_("台账所属月份"))
    sheet = models.CharField(max_length=100, blank=True)
    mapping = models.JSONField(default=dict)
    # Answers of the person importing: units resolved, content matches confirmed, rows left out.
    answers = models.JSONField(default=dict)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    applied_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    applied_at = models.DateTimeField(null=True)
    result = models.JSONField(default=dict)

    objects = BatchQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.file} {self.created_at:%Y-%m-%d %H:%M}"
