"""Who sees the files handed in with reports: whoever sees the report, and a unit the files of its own drafts."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from qingdan.web.common.attachments import register_visibility
from qingdan.web.units.models import User

from .models import ReportDraft, ReportEvidence, ReportVersion


def of_reports(user: User) -> QuerySet[Any]:
    return ReportEvidence.objects.filter(report__in=ReportVersion.objects.visible_to(user).values("pk")).values(
        "attachment"
    )


def of_drafts(user: User) -> QuerySet[Any]:
    through = ReportDraft.evidence.through.objects
    return through.filter(reportdraft__in=ReportDraft.objects.visible_to(user).values("pk")).values("attachment")


def register() -> None:
    """Called once when the app is ready."""
    register_visibility(of_reports)
    register_visibility(of_drafts)
