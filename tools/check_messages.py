"""Check that every text of the interface has an English translation, or bring the catalogue up to date.

    python tools/check_messages.py            complains and exits 1 when an entry is missing, empty or fuzzy
    python tools/check_messages.py --update   adds new texts to the catalogue and drops those no longer used

The check works on a copy and leaves the catalogue alone. Needs GNU gettext (xgettext, msgmerge).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[1]
WEB = ROOT / "src/qingdan/web"
CATALOGUE = Path("locale/en/LC_MESSAGES/django.po")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


def make_messages(folder: Path) -> None:
    """Run Django's makemessages for English in ``folder``, which holds the code and ``locale/``."""
    (folder / CATALOGUE).parent.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "django",
        "makemessages",
        "-l",
        "en",
        "--no-location",
        "--no-obsolete",
        "--no-wrap",
    ]
    # No settings: makemessages then only looks at the folder it stands in.
    env = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        sys.exit(f"makemessages: {done.stderr.strip()}\n处理 (remedy): apt-get install gettext")


def faults(catalogue: Catalog) -> list[str]:
    """What is wrong, one line for each entry: missing, empty or fuzzy, or a placeholder lost."""
    found = []
    for message in catalogue:
        if not message.id:
            continue
        source = message.id if isinstance(message.id, str) else message.id[0]
        if message.fuzzy:
            found.append(f"存疑 (fuzzy): {source!r}")
        elif not _complete(message):
            found.append(f"未译 (not translated): {source!r}")
        elif lost := _lost(message):
            found.append(f"译文缺少 (translation lacks) {', '.join(sorted(lost))}: {source!r}")
    return found


def _complete(message: Message) -> bool:
    texts = [message.string] if isinstance(message.string, str) else list(message.string or ())
    return bool(texts) and all(texts)


def _lost(message: Message) -> set[str]:
    source = message.id if isinstance(message.id, str) else message.id[-1]
    target = message.string if isinstance(message.string, str) else (message.string or [""])[-1]
    return set(PLACEHOLDER.findall(source)) - set(PLACEHOLDER.findall(target))


def main() -> int:
    """Check or update; returns the exit status."""
    if "--update" in sys.argv[1:]:
        make_messages(WEB)
        folder = WEB
    else:
        folder = Path(tempfile.mkdtemp(prefix="qd-messages-")) / "web"
        shutil.copytree(WEB, folder, ignore=shutil.ignore_patterns("__pycache__", "*.mo", "dist", "assets"))
        make_messages(folder)
    with (folder / CATALOGUE).open("rb") as handle:
        catalogue = read_po(handle)
    if folder != WEB:
        shutil.rmtree(folder.parent)
    found = faults(catalogue)
    for line in found:
        print(f"{CATALOGUE}: {line}")
    if found:
        print(
            f"\n{len(found)} 处需要处理 (to be done): python tools/check_messages.py --update，"
            f"然后补全 (then complete) {(WEB / CATALOGUE).relative_to(ROOT)}"
        )
        return 1
    print(f"{len(catalogue)} 条界面文字均有英文 (every text has its English)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
