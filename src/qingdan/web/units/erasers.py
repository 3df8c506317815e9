"""How a person's account is erased: the name everywhere, while what was done keeps its proof."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from qingdan.web.common import clock, erasure
from qingdan.web.common.errors import DomainError
from qingdan.web.common.models import Delivery, Erasure, Event, Notification

from .models import Holding, SignInAttempt, User
from .services.sessions import drop_sessions
from .signin import name_key

MODEL = User._meta.label_lower
ATTEMPT = SignInAttempt._meta.label_lower


def register() -> None:
    """Called once when the app is ready."""
    erasure.register_eraser(
        erasure.Eraser(
            model=MODEL,
            # The name stands in both: as the one who acted, and in what administrators did with the account.
            parts=frozenset({Erasure.Part.WHO, Erasure.Part.WHAT}),
            check=check,
            words=words,
            events=events,
            blank=blank,
        )
    )


def erased_username(pk: int) -> str:
    return f"erased-{pk}"


def _find(object_id: str) -> User | None:
    return User.objects.filter(pk=object_id).first() if object_id.isdecimal() else None


def check(object_id: str) -> None:
    """Refused while the person holds a post, or is to hold one: who answers for work cannot be nameless."""
    person = _find(object_id)
    if person is None:
        raise DomainError(
            _("人员账号"), _("没有编号为 %s 的人员账号。") % object_id, _("请核对编号。"), field="object_id"
        )
    if person.username == erased_username(person.pk):
        raise DomainError(_("人员账号"), _("该账号的个人信息已经删除。"), "", field="object_id")
    if Holding.objects.filter(user=person).exclude(until__lt=clock.today()).exists():
        raise DomainError(
            _("人员账号"), _("该人员仍在任职，履职期间的身份信息不得删除。"), _("请先办理免职。"), field="object_id"
        )


def words(object_id: str) -> erasure.Words:
    person = _find(object_id)
    if person is None:
        return erasure.Words()
    return erasure.Words(whole=(person.name, person.username), inside=(person.label, person.email))


def _attempts(person: User) -> list[int]:
    return list(SignInAttempt.objects.filter(username=name_key(person.username)).values_list("pk", flat=True))


def events(object_id: str) -> erasure.EventsByPart:
    """Who: what the person did. What: what was done with the account, and the tries to sign in with its name."""
    person = _find(object_id)
    if person is None:
        return {}
    attempts = [str(pk) for pk in _attempts(person)]
    about = Event.objects.filter(object_type=MODEL, object_id=object_id)
    tries = Event.objects.filter(object_type=ATTEMPT, object_id__in=attempts)
    return {
        Erasure.Part.WHO: set(Event.objects.filter(actor=person).values_list("pk", flat=True)),
        Erasure.Part.WHAT: {pk for found in (about, tries) for pk in found.values_list("pk", flat=True)},
    }


def blank(object_id: str) -> None:
    """The account keeps its number, so that reports and decisions still say that it was one and the same person."""
    person = User.objects.select_for_update().get(pk=object_id)
    SignInAttempt.objects.filter(pk__in=_attempts(person)).update(username=erased_username(person.pk), address=None)
    drop_sessions(person)
    Notification.objects.filter(recipient=person).delete()
    Delivery.objects.filter(recipient=person).delete()
    person.username, person.name, person.email = erased_username(person.pk), f"已删除用户{person.pk}", ""
    person.is_active, person.last_login = False, None
    person.set_unusable_password()
    person.save()
