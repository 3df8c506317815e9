"""Rights as verdicts: a function says yes or no *and why*, so that a page can say it too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from .errors import Denied, Text

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from qingdan.web.units.models import User

    Actor = User | AnonymousUser


@dataclass(frozen=True)
class Verdict:
    """Whether something is allowed, with the reason in words. Truthy when allowed."""

    allowed: bool
    reason: Text = ""

    def __bool__(self) -> bool:
        return self.allowed


YES = Verdict(True)


def no(reason: Text) -> Verdict:
    """A refusal with its reason."""
    return Verdict(False, reason)


def require(verdict: Verdict, place: Text = "") -> None:
    """Go on when allowed; raise `Denied` with the verdict's reason otherwise."""
    if not verdict:
        raise Denied(place or _("权限"), verdict.reason, _("如需办理，请联系有此权限的岗位。"))
