"""What a service says when it will not do something: one class, three things the reader needs."""

from __future__ import annotations

from django.utils.functional import Promise

Text = str | Promise


class DomainError(Exception):
    """A refusal for a reason of the field, shown to the person who asked.

    ``place``: what it concerns (a field, a task, a cell); ``reason``: why not; ``remedy``: what to do instead.
    ``field`` is the form field to mark, when there is one.
    """

    status = 422

    def __init__(self, place: Text, reason: Text, remedy: Text = "", *, field: str = "") -> None:
        super().__init__(place, reason, remedy)
        self.place, self.reason, self.remedy, self.field = place, reason, remedy, field

    def __str__(self) -> str:
        text = f"{self.place}：{self.reason}" if self.place else str(self.reason)
        return f"{text} {self.remedy}".strip()


class Denied(DomainError):
    """The actor has no right to do this; ``reason`` says which right is missing."""

    status = 403


class Stale(DomainError):
    """The record changed since the page was loaded; nothing was written."""

    status = 409
