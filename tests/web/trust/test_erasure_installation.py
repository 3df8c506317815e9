"""T9 on an installation of its own: what is erased is in no file of the database and in no backup made later."""

from __future__ import annotations

import json
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import Installation, installation, on_postgres

from .erasing import CONTENT, EMAIL, FILE_NAME, NAME, USERNAME

pytestmark = pytest.mark.slow
SCRIPT = Path(__file__).with_name("erasure_installation.py")
WORDS = [NAME.encode(), USERNAME.encode(), EMAIL.encode(), FILE_NAME.encode(), CONTENT]
# As Django's JSON spells them.
FORMS = WORDS + [json.dumps(word.decode())[1:-1].encode() for word in WORDS]


@pytest.fixture(scope="module")
def erased(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Installation, dict[str, bool]]]:
    """An installation in which somebody was erased, and in which places their words stood before."""
    data = tmp_path_factory.mktemp("erasure")
    with installation(data, "erasure", clock="2017-07-12T09:00") as site:
        made = site.prepare(SCRIPT, "fill")
        stood = {"database": said(database(site)), "backup": said(backup(site, "before.tar.gz"))}
        result = site.prepare(SCRIPT, "erase")
        assert result == {"held": True, "events": [1, 8]}, result
        assert not (data / "files" / made["sha256"][:2] / made["sha256"]).exists()
        yield site, stood


def said(data: bytes) -> bool:
    return any(form in data for form in FORMS)


def database(site: Installation) -> bytes:
    """Every byte that the database keeps: SQLite's files; PostgreSQL's dump, and its files where they can be read."""
    if not on_postgres():
        return b"".join(path.read_bytes() for path in sorted(site.data.glob("qingdan.sqlite3*")))
    return dump(site) + b"".join(path.read_bytes() for path in files_of_postgres(site))


def dump(site: Installation) -> bytes:
    return subprocess.run(["pg_dump", site.env["DATABASE_URL"]], check=True, capture_output=True).stdout


def files_of_postgres(site: Installation) -> list[Path]:
    """The files of all tables and indexes, also the planner's samples of values; none when they are out of reach."""
    import psycopg

    with psycopg.connect(site.env["DATABASE_URL"], autocommit=True) as connection:
        (oid,) = connection.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchone()
    found = []
    for folder in Path("/var/lib/postgresql").glob(f"*/*/base/{oid}"):
        try:
            found += [path for path in folder.iterdir() if path.is_file()]
        except PermissionError:
            continue
    return found


def backup(site: Installation, name: str) -> bytes:
    """What a backup holds, unpacked; a dump of PostgreSQL also as text, for its own form is compressed."""
    path = site.data / name
    site.run("-m", "qingdan.cli", "backup", str(path))
    with tarfile.open(path) as archive:
        members = {m.name: archive.extractfile(m).read() for m in archive.getmembers()}
    texts = [*members.values(), *(name.encode() for name in members)]
    if "database.dump" in members:
        done = subprocess.run(
            ["pg_restore", "--file=-"], input=members["database.dump"], check=True, capture_output=True
        )
        texts.append(done.stdout)
    return b"\n".join(texts)


def test_the_words_stand_in_no_file_of_the_database(erased):
    site, stood = erased
    assert stood["database"], "the test looks in the wrong place"
    assert not said(database(site))


def test_the_words_stand_in_no_backup_made_later(erased):
    site, stood = erased
    assert stood["backup"], "the test looks in the wrong place"
    assert not said(backup(site, "after.tar.gz"))


def test_the_words_stand_in_no_file_of_the_data_folder(erased):
    site, _stood = erased
    later = [path for path in site.data.rglob("*") if path.is_file() and path.name != "before.tar.gz"]
    assert later and not [path for path in later if said(path.read_bytes())]


def test_the_whole_log_still_verifies(erased):
    site, _stood = erased
    site.run("-m", "qingdan.cli", "verify", "--data", str(site.data))  # raises unless all holds


@pytest.mark.skipif(not on_postgres(), reason="only PostgreSQL keeps samples of values")
def test_the_planners_samples_hold_none_of_the_words(erased):
    import psycopg

    site, _stood = erased
    with psycopg.connect(site.env["DATABASE_URL"]) as connection:
        rows = connection.execute("SELECT most_common_vals::text, histogram_bounds::text FROM pg_stats").fetchall()
    assert rows and not said(repr(rows).encode())
