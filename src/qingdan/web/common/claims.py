"""Which event accounts for which stored row: written by the database itself, row by row.

Triggers on every table of facts write one `Claim` for each row inserted, updated or deleted, under the number of the
*next* event of the transaction (`Event.batch`). A deferred foreign key lets no transaction commit whose changes no
event has accounted for, whoever made them and by whatever tool. The event in turn commits to its claims
(`Event.rows`), so a row changed behind the triggers' back no longer matches what the log says of it.

A model whose rows are no facts says so, and why, by its class attribute ``not_a_fact``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.apps import apps
from django.db import connection as default_connection
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

from . import log, schema
from .db.statements import execute
from .models import Event, Shape
from .rows import wiped

# The log's own tables hold each other; rows of other people's apps (sessions, queues) are no facts of ours.
OUR_APPS = "qingdan."
# SQLite has one writer at a time: the next event's number is known before it is written.
NEXT_BATCH = "(SELECT COALESCE(MAX(batch), 0) + 1 FROM common_event)"


def models() -> Iterator[type[Model]]:
    """Every model whose rows events account for."""
    for model in apps.get_models(include_auto_created=True):
        ours = apps.get_app_config(model._meta.app_label).name.startswith(OUR_APPS)
        if ours and model._meta.managed and not model._meta.proxy and not getattr(model, "not_a_fact", ""):
            yield model


def columns(model: type[Model]) -> list[str]:
    """The column names of a model's table, in the order of its fields."""
    return [field.column for field in model._meta.concrete_fields if field.column]


def key_column(model: type[Model]) -> str:
    return str(model._meta.pk.column)


def sqlite_triggers(model: type[Model]) -> dict[str, str]:
    """The four triggers of a table by name, as SQLite's own text."""
    table, key = model._meta.db_table, key_column(model)
    names = ",".join(columns(model))
    values = ", ".join(f'NEW."{name}"' for name in columns(model))
    into = f'INSERT INTO common_claim (batch, "table", "key", op, seal) VALUES ({NEXT_BATCH}, \'{table}\''
    made = f"qd_seal_row('{table}', '{names}', {values})"
    bodies = {
        "insert": f"{into}, NEW.\"{key}\", 'I', {made});",
        "update": f"{into}, NEW.\"{key}\", 'U', {made});",
        "delete": f"{into}, OLD.\"{key}\", 'D', '');",
    }
    # A row that changes its key is one row gone (rekey) and another there (update).
    return {
        f"qd_claim_{table}_{operation}": f"CREATE TRIGGER qd_claim_{table}_{operation} AFTER {operation.upper()} "
        f"ON {table} BEGIN {body} END"
        for operation, body in bodies.items()
    } | {
        f"qd_claim_{table}_rekey": f'CREATE TRIGGER qd_claim_{table}_rekey AFTER UPDATE OF "{key}" ON {table} '
        f'WHEN OLD."{key}" <> NEW."{key}" BEGIN {into}, OLD."{key}", \'D\', \'\'); END'
    }


# One function serves all tables; its argument is the key's column. The batch is the transaction's own until an event
# takes it (`take`), and falls back with a savepoint because the setting is local.
POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION qd_claim() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  b bigint := NULLIF(current_setting('qd.batch', true), '')::bigint;
  s text;
BEGIN
  IF b IS NULL THEN
    b := nextval('qd_batch');
    PERFORM set_config('qd.batch', b::text, true);
  END IF;
  IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND to_jsonb(OLD)->>TG_ARGV[0] <> to_jsonb(NEW)->>TG_ARGV[0]) THEN
    INSERT INTO common_claim (batch, "table", "key", op, seal)
      VALUES (b, TG_TABLE_NAME, to_jsonb(OLD)->>TG_ARGV[0], 'D', '');
  END IF;
  IF TG_OP <> 'DELETE' THEN
    s := replace(gen_random_uuid()::text, '-', '');
    INSERT INTO common_claim (batch, "table", "key", op, seal)
      VALUES (b, TG_TABLE_NAME, to_jsonb(NEW)->>TG_ARGV[0], left(TG_OP, 1),
              s || encode(sha256(convert_to(s || to_jsonb(NEW)::text, 'UTF8')), 'hex'));
  END IF;
  RETURN NULL;
END $$"""
POSTGRESQL_SHARED = ["CREATE SEQUENCE IF NOT EXISTS qd_batch", POSTGRESQL_FUNCTION, log.POSTGRESQL_APPEND]


def postgresql_trigger(model: type[Model]) -> str:
    table = model._meta.db_table
    return (
        f"CREATE OR REPLACE TRIGGER qd_claim_{table} AFTER INSERT OR UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION qd_claim('{key_column(model)}')"
    )


def pending(connection: BaseDatabaseWrapper) -> list[tuple[int, int, str, str, str, str]]:
    """The transaction's claims that no event has taken yet, in the order of writing: (batch, number, table, key,
    operation, seal)."""
    if connection.vendor == "postgresql":
        where = "batch = NULLIF(current_setting('qd.batch', true), '')::bigint"
    else:
        where = f"batch = {NEXT_BATCH}"
    query = f'SELECT batch, id, "table", "key", op, seal FROM common_claim WHERE {where} ORDER BY id'
    return [tuple(row) for row in execute(connection, query).fetchall()]


def take(connection: BaseDatabaseWrapper) -> tuple[int | None, str]:
    """Give the transaction's open claims to the event that is about to be written.

    Returns the number they go by and what the event says of them (`Event.rows`); (None, "") when nothing is open.
    """
    claims = pending(connection)
    if not claims:
        return None, ""
    if connection.vendor == "postgresql":
        execute(connection, "SELECT set_config('qd.batch', '', true)")
    return claims[0][0], account(claim[1:] for claim in claims)


def account(claims: Iterable[Sequence[Any]]) -> str:
    """What an event says of its rows: count and digest over (number, table, key, operation, seal), in that order; see
    docs/log-format.md."""
    made, count = hashlib.new(log.hash_name()), 0
    for number, table, key, operation, sealed in claims:
        made.update(f"{number}\t{table}\t{key}\t{operation}\t{wiped(sealed) or '-'}\n".encode())
        count += 1
    return f"{count} {made.hexdigest()}"


# ------------------------------------------------------------------ tables that are new or have changed
@transaction.atomic
def adopt() -> dict[str, int]:
    """Account for every row of tables whose columns a migration changed, and for those rows of tables new to the log
    that a migration put there before the triggers were laid.

    One event (``common.adopt``) claims them as they stand, and says how the database is built (`schema`). Returns rows
    by table; empty when no table is new, which is the rule: rows of known tables are never adopted, they must have
    been accounted for when written.
    """
    from .events import record  # events stand on this module

    known = dict(Shape.objects.values_list("table", "columns"))
    changed = {m: ",".join(columns(m)) for m in models() if known.get(m._meta.db_table) != ",".join(columns(m))}
    adopted: dict[str, int] = {}
    # The record of shapes is itself a table of facts: it comes first, so that its own rows are claimed once.
    for model in sorted(changed, key=lambda m: m is not Shape):
        table = model._meta.db_table
        if model is not Shape:
            adopted[table] = _claim_all(model, only_unclaimed=table not in known)
        Shape.objects.update_or_create(table=table, defaults={"columns": changed[model]})
    with default_connection.cursor() as cursor:
        cursor.execute(schema.QUERIES[default_connection.vendor])
        built = schema.digest(cursor.fetchall())
    last = Event.objects.filter(verb="common.adopt").order_by("-id").first()
    if changed or last is None or last.facts.get("schema") != built:
        counts = {table: count for table, count in sorted(adopted.items()) if count}
        record(None, "common.adopt", Shape.objects.get(pk=Shape._meta.db_table), tables=counts, schema=built)
    return adopted


def _claim_all(model: type[Model], *, only_unclaimed: bool) -> int:
    table, key = model._meta.db_table, key_column(model)
    claimed = f'SELECT "key" FROM common_claim WHERE "table" = \'{table}\''
    where = f'WHERE CAST(r."{key}" AS text) NOT IN ({claimed})' if only_unclaimed else ""
    with default_connection.cursor() as cursor:
        if default_connection.vendor == "postgresql":
            cursor.execute(
                "SELECT set_config('qd.batch', COALESCE(NULLIF(current_setting('qd.batch', true), ''), "
                "nextval('qd_batch')::text), true)"
            )
            cursor.execute(
                f'INSERT INTO common_claim (batch, "table", "key", op, seal) '
                f"SELECT current_setting('qd.batch')::bigint, '{table}', r.\"{key}\"::text, 'U', "
                f"s.salt || encode(sha256(convert_to(s.salt || to_jsonb(r)::text, 'UTF8')), 'hex') "
                f"FROM {table} r, LATERAL (SELECT replace(gen_random_uuid()::text, '-', '') AS salt, r.\"{key}\") s "
                f'{where} ORDER BY r."{key}"'
            )
        else:
            names = ",".join(columns(model))
            values = ", ".join(f'"{name}"' for name in columns(model))
            cursor.execute(
                f'INSERT INTO common_claim (batch, "table", "key", op, seal) '
                f"SELECT {NEXT_BATCH}, '{table}', \"{key}\", 'U', "
                f"qd_seal_row('{table}', '{names}', {values}) FROM {table} r {where} ORDER BY \"{key}\""
            )
        return int(cursor.rowcount)
