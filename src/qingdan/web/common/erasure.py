"""Erasing personal data from the record while every proof stays valid (个人信息保护法第四十七条).

A leaf holds salted commitments of an event's parts. Erasing a part keeps its commitment (`Erasure`) and blanks its
text and salt: the leaf, the roots and all proofs stay as they are, and nobody can try guesses against the commitment.
The seals of a row's former contents are wiped for the same reason.

An app says by `register_eraser` how to blank what its own rows keep of an object, and by `register_events` which
further events repeat it. Objects of other kinds have their events' parts erased and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q

from . import claims, log, rows
from .models import Claim, Delivery, Erasure, Event, Notification

ERASED = "已删除"
CHUNK = 500
# Shorter words stand everywhere; nothing is looked for by them.
SHORTEST = 2
EventsByPart = dict[str, set[int]]


@dataclass(frozen=True)
class Words:
    """The texts by which an object is recognised elsewhere.

    An event repeats the object where one of its values is a text of ``whole``, or holds one of ``inside``. ``loose``
    tells too little for that. Names of people are ``whole`` only: what stands in running text may mean another person
    of that name, and is reported, not erased.
    """

    whole: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    loose: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[str]:
        """All of them that are long enough to be looked for, the longest first."""
        found = {word for word in (*self.whole, *self.inside, *self.loose) if len(word) >= SHORTEST}
        return iter(sorted(found, key=lambda word: (-len(word), word)))

    def said_by(self, text: str) -> bool:
        """Whether ``text`` repeats one of them."""
        return any(word in text for word in self)


def own_events(model: str, object_id: str) -> EventsByPart:
    """The events about an object, for both parts."""
    own = set(Event.objects.filter(object_type=model, object_id=object_id).values_list("pk", flat=True))
    return {Erasure.Part.WHAT: own, Erasure.Part.WHO: set(own)}


@dataclass(frozen=True)
class Eraser:
    """How one kind of object is erased. All functions take the object's number as events write it.

    ``check`` raises DomainError when it must not be erased now; ``words`` gives the texts it is recognised by;
    ``events`` the events that go with it; ``blank`` blanks the app's own rows, after the events and in the same
    transaction. ``parts`` are those that can only be erased together.
    """

    model: str
    parts: frozenset[str]
    check: Callable[[str], None]
    words: Callable[[str], Words]
    events: Callable[[str], EventsByPart]
    blank: Callable[[str], None]


_erasers: dict[str, Eraser] = {}
_more_events: dict[str, list[Callable[[str], EventsByPart]]] = {}


def register_eraser(eraser: Eraser) -> None:
    """Called once for each kind, in ``AppConfig.ready``."""
    _erasers[eraser.model] = eraser


def register_events(model: str, events: Callable[[str], EventsByPart]) -> None:
    """An app above says which of its events repeat an object of ``model``."""
    found = _more_events.setdefault(model, [])
    if events not in found:
        found.append(events)


def erasers() -> list[Eraser]:
    return list(_erasers.values())


def eraser_of(model: str) -> Eraser | None:
    return _erasers.get(model)


# ------------------------------------------------------------------ what an erasure reaches
def words_of(model: str, object_id: str) -> Words:
    eraser = _erasers.get(model)
    return eraser.words(object_id) if eraser else Words()


def reach(model: str, object_id: str, parts: Iterable[str]) -> EventsByPart:
    """By part, the events whose text goes with the object, as far as it was not erased before."""
    eraser = _erasers.get(model)
    found = eraser.events(object_id) if eraser else own_events(model, object_id)
    for more in _more_events.get(model, []):
        for part, ids in more(object_id).items():
            found[part] = found.get(part, set()) | ids
    found[Erasure.Part.WHAT] = found.get(Erasure.Part.WHAT, set()) | _repeating(
        model, object_id, words_of(model, object_id)
    )
    return {part: _with_text(part, found.get(part, set())) for part in parts}


def _with_text(part: str, events: set[int]) -> set[int]:
    kept = Event.objects.exclude(**{f"{part}_salt": ""})
    return {pk for chunk in _chunks(events) for pk in kept.filter(pk__in=chunk).values_list("pk", flat=True)}


def _repeating(model: str, object_id: str, words: Words) -> set[int]:
    """Events about something else whose data name the object or repeat its words."""
    # As `events.canonical` writes a reference to a model's row; a key of text stands in quotes.
    candidates = Q(data__contains=f'{{"id":{object_id},"label":') | Q(data__contains=f'{{"id":"{object_id}","label":')
    inside = [word for word in words.inside if word]
    for word in (*words.whole, *inside):
        candidates |= Q(data__contains=json.dumps(word, ensure_ascii=False)[1:-1])
    for word in inside:
        candidates |= Q(object_label__contains=word)
    found = set()
    fields = ("pk", "data", "object_label", "object_type", "object_id")
    for event in Event.objects.filter(candidates).only(*fields).iterator(CHUNK):
        about_another = event.object_type == model and event.object_id != object_id
        whole = () if about_another else words.whole
        if any(word in event.object_label for word in inside) or any(
            _names(value, model, object_id, whole, inside) for value in _values(event.facts)
        ):
            found.add(event.pk)
    return found


def _values(value: Any) -> Iterator[Any]:
    """Every text in an event's data, and every reference to a row, whole: its label is that row's, not a word."""
    if isinstance(value, dict) and value.keys() != {"type", "id", "label"}:
        for key, inner in value.items():
            yield key
            yield from _values(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _values(inner)
    else:
        yield value


def _names(value: Any, model: str, object_id: str, whole: Iterable[str], inside: Iterable[str]) -> bool:
    if isinstance(value, dict):
        return value["type"] == model and str(value["id"]) == object_id
    if isinstance(value, str):
        return value in whole or any(word in value for word in inside)
    return False


# ------------------------------------------------------------------ the erasure
@dataclass(frozen=True)
class Erased:
    """What was done: how many events lost a part, how many rows were blanked, and where the words still stand
    (rows by ``table.column``): texts of others, which nobody has judged."""

    events: int
    rows: int
    left: dict[str, int] = field(default_factory=dict)


def erase(model: str, object_id: str, parts: Iterable[str]) -> Erased:
    """Erase ``parts`` ("who", "what") of everything recorded of an object, within the caller's transaction.

    The caller records the event of it, afterwards. Raises DomainError when the object must not be erased now; then
    the caller's transaction must not go on. Afterwards `compact` is due.
    """
    parts = frozenset(parts)
    eraser = _erasers.get(model)
    if eraser:
        eraser.check(object_id)
    words = words_of(model, object_id)
    events = reach(model, object_id, parts)
    for part, ids in events.items():
        erase_part(ids, part)
    before = len(claims.pending(connection))
    if eraser:
        eraser.blank(object_id)
    written = {(table, key) for _batch, _number, table, key, *_rest in claims.pending(connection)[before:]}
    wipe_seals(written)
    _rewrite_letters(words)
    return Erased(len(set().union(*events.values())), len(written), left(words))


def erase_part(events: Iterable[int], part: str) -> int:
    """Blank one part of the given events, keeping its commitment; returns how many. Those erased before are passed
    over. Raises ValueError for an event that is not in the log yet."""
    blanks: dict[str, dict[str, Any]] = {
        Erasure.Part.WHO: {"actor": None, "actor_label": "", "post_label": "", "who_salt": ""},
        Erasure.Part.WHAT: {"data": "{}", "object_label": "", "what_salt": ""},
    }
    blank = blanks[Erasure.Part(part)]
    count = 0
    for chunk in _chunks(events):
        found = list(Event.objects.filter(pk__in=chunk).exclude(**{f"{part}_salt": ""}).select_related("leaf"))
        if any(not hasattr(event, "leaf") for event in found):
            raise ValueError("an event of this transaction has no leaf yet and cannot be erased")
        known = log.erasures(event.pk for event in found)
        # The row first: the database lets a part be blanked only where an erasure is on record.
        Erasure.objects.bulk_create(
            Erasure(event=event, part=part, commitment=log.commitments(event, known.get(event.pk))[part])
            for event in found
        )
        Event.objects.filter(pk__in=[event.pk for event in found]).update(**blank)
        count += len(found)
    return count


def wipe_seals(written: Iterable[tuple[str, str]]) -> int:
    """Wipe the seals of former contents of rows (table, key); the newest seal of each row stays, for it is that of the
    row as it now is. Returns how many."""
    by_table: dict[str, list[str]] = {}
    for table, key in written:
        by_table.setdefault(table, []).append(key)
    count = 0
    for table, keys in sorted(by_table.items()):
        for chunk in _chunks(keys):
            newest: dict[str, int] = {}
            older: list[Claim] = []
            of_rows = Claim.objects.filter(table=table, key__in=chunk).order_by("id")
            for claim in of_rows:
                newest[claim.key] = claim.pk
                if len(claim.seal) == rows.SEAL_DIGITS:
                    older.append(claim)
            former = [claim for claim in older if newest[claim.key] != claim.pk]
            for claim in former:
                claim.seal = rows.wiped(claim.seal)
            count += Claim.objects.bulk_update(former, ["seal"], batch_size=CHUNK)
    return count


def _rewrite_letters(words: Words) -> None:
    """Inbox lines and digests are copies: the words are taken out of them."""
    kept: list[tuple[type[models.Model], tuple[str, ...]]] = [
        (Notification, ("title", "body")), (Delivery, ("subject", "text")),
    ]  # fmt: skip
    for model, names in kept:
        for word in words:
            condition = Q()
            for name in names:
                condition |= Q(**{f"{name}__contains": word})
            changed = list(model._default_manager.filter(condition))
            for letter in changed:
                for name in names:
                    setattr(letter, name, getattr(letter, name).replace(word, ERASED))
            model._default_manager.bulk_update(changed, names, batch_size=CHUNK)


def left(words: Words) -> dict[str, int]:
    """Where the words stand in any text column of any table: rows by ``table.column``."""
    patterns = [f"%{_like(form)}%" for word in words for form in dict.fromkeys((word, json.dumps(word)[1:-1]))]
    if not patterns:
        return {}
    found = {}
    existing = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for table, column in _text_columns():
            if table not in existing:
                continue
            tests = " OR ".join(
                [f"CAST({connection.ops.quote_name(column)} AS text) LIKE %s ESCAPE '!'"] * len(patterns)
            )
            cursor.execute(f"SELECT COUNT(*) FROM {connection.ops.quote_name(table)} WHERE {tests}", patterns)  # noqa: S608
            if count := cursor.fetchone()[0]:
                found[f"{table}.{column}"] = int(count)
    return found


def _text_columns() -> list[tuple[str, str]]:
    kinds = (models.CharField, models.TextField, models.JSONField)
    return sorted(
        (model._meta.db_table, str(each.column))
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
        for each in model._meta.concrete_fields
        if isinstance(each, kinds)
    )


def _like(text: str) -> str:
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def _chunks(values: Iterable[Any]) -> Iterator[list[Any]]:
    listed = sorted(values)
    for start in range(0, len(listed), CHUNK):
        yield listed[start : start + CHUNK]


# ------------------------------------------------------------------ the database's own files
class Busy(Exception):
    """Somebody is reading an older state of the database; to be tried again."""


def compact(connection: BaseDatabaseWrapper) -> None:
    """Write the database's files anew, so that erased texts stand in no old version of a row, free page or log.

    SQLite: ``secure_delete`` (settings) has zeroed what was overwritten; VACUUM also leaves behind what was written
    before that was on, and the write-ahead log is emptied. PostgreSQL keeps the former version of every row until a
    vacuum: VACUUM FULL writes each table and its indexes into new files, ANALYZE renews the samples that the planner
    keeps of the values. Each table is locked while its own turn lasts. What the server archives (WAL, base backups)
    is a backup like others. Raises Busy when a reader of SQLite is in the way; outside of transactions only.
    """
    if connection.in_atomic_block:
        raise transaction.TransactionManagementError("the database is compacted outside of transactions")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for table in connection.introspection.django_table_names(only_existing=True):
                cursor.execute(f"VACUUM (FULL, ANALYZE) {connection.ops.quote_name(table)}")
            # The former samples too; whoever owns the database may, others get a warning and nothing happens.
            cursor.execute("VACUUM (FULL) pg_catalog.pg_statistic")
            return
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if cursor.fetchone()[0]:
            raise Busy("the write-ahead log could not be emptied: a reader holds an older state")
