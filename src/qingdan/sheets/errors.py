"""The one error of this room: a place, a reason and a remedy, in words for the person at the screen."""

from __future__ import annotations


class SheetError(Exception):
    """A file or a cell that cannot be used.

    ``place``, ``reason`` and ``remedy`` are Chinese texts without a closing mark; ``code`` is a stable
    short English word for programs and tests: ``empty``, ``too_big``, ``bomb``, ``broken``, ``encrypted``,
    ``wrong_type``, ``too_many_rows``, ``too_many_columns``, ``too_many_cells``, ``too_long``, ``no_ledger``,
    ``mapping``, ``content``.
    """

    def __init__(self, place: str, reason: str, remedy: str, code: str = "content") -> None:
        super().__init__(place, reason, remedy, code)
        self.place = place
        self.reason = reason
        self.remedy = remedy
        self.code = code

    def __str__(self) -> str:
        return f"{self.place}：{self.reason}。{self.remedy}"
