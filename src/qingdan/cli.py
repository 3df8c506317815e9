"""``qd``: serve, work, demonstrate, test and look after an installation.

Each command is one function that takes the parsed arguments and returns the exit status. Django is loaded only
by the commands that need it, after the data folder is known.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit, urlunsplit

from qingdan.rules import commands as rule_commands

SETTINGS = "qingdan.web.settings"
DATABASE_TESTS = ("tests/web", "tests/browser", "tests/load", "tests/crash")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
TEST_POSTGRES = "postgresql://qingdan:qingdan@127.0.0.1:5432/qingdan"
STOP_SECONDS = 30
RESTART_SECONDS = 5


class CommandFailed(Exception):
    """A command that cannot go on; says where, why, and what to do."""

    def __init__(self, place: str, reason: str, remedy: str) -> None:
        super().__init__(f"位置 (place):  {place}\n原因 (reason): {reason}\n处理 (remedy): {remedy}")


def say(text: str) -> None:
    """One line of progress."""
    print(text, flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; ``argv`` without the program's name. Returns the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    # What follows these two belongs to pytest and to Django.
    rest: list[str] = []
    if words and words[0] in {"test", "manage"} and words[1:2] not in (["-h"], ["--help"]):
        words, rest = words[:1], words[1:]
    args = _parser().parse_args(words)
    args.rest = rest
    try:
        run: Callable[[argparse.Namespace], int] = args.run
        return run(args)
    except CommandFailed as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="qd", description="清单：目标督查任务清单系统 (Qingdan)")
    parser.add_argument("--version", action="version", version=f"qingdan {importlib.metadata.version('qingdan')}")
    commands = parser.add_subparsers(title="命令 (commands)", metavar="命令", required=True)

    def command(name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run)
        return sub

    def data_option(sub: argparse.ArgumentParser) -> None:
        sub.add_argument(
            "--data",
            type=Path,
            metavar="DIR",
            help="数据文件夹，默认 QD_DATA 或 ./data (folder for everything it makes)",
        )

    def serve_options(sub: argparse.ArgumentParser) -> None:
        sub.add_argument("--host", default="127.0.0.1", help="监听地址 (address to listen on), 127.0.0.1")
        sub.add_argument("--port", type=int, default=8000, help="端口 (port), 8000")
        sub.add_argument("--workers", type=int, default=2, help="网页进程数 (web processes), 2")
        sub.add_argument("--threads", type=int, default=4, help="每进程线程数 (threads in each), 4")

    sub = command("serve", serve, "启动服务：网页与后台任务 (serve pages and run jobs)")
    data_option(sub)
    serve_options(sub)
    sub.add_argument("--no-worker", action="store_true", help="不带后台任务进程 (no job process)")
    data_option(command("worker", worker, "只运行后台任务 (run jobs only)"))
    sub = command("demo", demo, "建立演示数据并启动 (load the demo district and serve it)")
    data_option(sub)
    serve_options(sub)
    sub.add_argument("--no-serve", action="store_true", help="只建数据不启动 (load only)")
    data_option(command("migrate", migrate, "建立或升级数据库 (create or upgrade the database)"))
    sub = command("createadmin", createadmin, "建立三名管理员 (make the three administrators of an empty system)")
    data_option(sub)
    sub.add_argument("--unit", default="信息中心", help="管理员所在单位 (their unit), 信息中心")
    data_option(command("doctor", doctor, "检查安装是否正常 (check an installation)"))
    sub = command("backup", backup, "备份数据库和文件 (back up database and files)")
    data_option(sub)
    sub.add_argument("file", type=Path, help="备份文件 (the archive to write)")
    sub = command("restore", restore, "从备份恢复 (restore a backup)")
    data_option(sub)
    sub.add_argument("file", type=Path, help="备份文件 (the archive to read)")
    sub.add_argument("--force", action="store_true", help="覆盖已有数据 (replace what is there)")
    sub = command("checkpoint", checkpoint, "取出最新的检查点 (print or write the newest checkpoint)")
    data_option(sub)
    sub.add_argument("file", type=Path, nargs="?", help="要写的新文件，默认显示 (a new file; default: print)")
    sub = command("verify", verify, "核对整个日志和数据，或核对回执 (check the whole log, or receipts)")
    data_option(sub)
    sub.add_argument(
        "--checkpoint", type=Path, action="append", default=[], metavar="FILE",
        help="别处保存的检查点，日志必须是它的延续，可多次给出 (one kept elsewhere that the log must continue)",
    )  # fmt: skip
    sub.add_argument("--key", default="", help="从别处得知的日志公钥 (the log's public key as known from elsewhere)")
    sub.add_argument("bundle", type=Path, nargs="*", help="只核对这些回执 (check only these receipts)")
    _witness_parser(commands)
    for sub in rule_commands.add_parsers(commands):
        sub.set_defaults(run=rules)
    command("test", test, "运行全部测试，其余参数交给 pytest (run all tests; further words go to pytest)")
    command("manage", manage, "Django 管理命令 (Django's own commands)")
    return parser


def _witness_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    text = "见证：由别的单位在自己的机器上核对并共签日志 (witness: another body checks and cosigns the log)"
    parts = commands.add_parser("witness", help=text, description=text).add_subparsers(metavar="动作", required=True)

    def part(name: str, text: str) -> argparse.ArgumentParser:
        sub = parts.add_parser(name, help=text, description=text)
        sub.add_argument("--data", type=Path, required=True, metavar="DIR", help="见证的文件夹 (the witness's folder)")
        sub.set_defaults(run=witness, part=name)
        return sub

    sub = part("init", "建立见证的密钥 (make the witness's key)")
    sub.add_argument("--name", required=True, help="见证的名称，如 jiwei-pidu (its name)")
    sub = part(
        "run", "核对并共签；有拒绝时 --once 返回 1，未连上返回 3 (check and cosign; --once: 1 refused, 3 not reached)"
    )
    sub.add_argument("--log", required=True, metavar="URL", help="日志的网址 (the log's address)")
    sub.add_argument("--log-key", default="", metavar="KEY", help="日志的公钥，默认首次接触时固定 (its public key)")
    sub.add_argument("--every", type=float, default=60, metavar="SECONDS", help="间隔秒数 (seconds between rounds), 60")
    sub.add_argument("--once", action="store_true", help="只核对一次 (one round only)")
    part("status", "看过、共签和拒绝了什么；有拒绝时返回 1 (what was seen, cosigned, refused; 1 if refused)")
    sub = part("export", "写出最新的共签检查点 (write the newest cosigned checkpoint)")
    sub.add_argument("file", type=Path, help="要写的文件 (the file to write)")


# ------------------------------------------------------------------ Django
def _django(data: Path | None = None) -> None:
    """Load Django with its data in ``data`` (or QD_DATA, or ./data)."""
    _data_folder(data)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    import django

    django.setup()


def _data_folder(data: Path | None) -> Path:
    folder = (data or Path(os.environ.get("QD_DATA", "data"))).resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandFailed(
            str(folder), f"不能建立数据文件夹 (cannot make the data folder): {error.strerror}", "换一个位置：--data DIR"
        ) from None
    os.environ["QD_DATA"] = str(folder)
    return folder


def _pending_migrations() -> tuple[bool, int]:
    """Whether the database is empty, and how many migrations wait."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor
    from django.db.utils import DatabaseError

    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        return not executor.loader.applied_migrations, len(plan)
    except DatabaseError as error:
        raise CommandFailed(
            "DATABASE_URL", f"数据库连不上 (no database answers): {error}", "核对 DATABASE_URL 和数据库服务是否启动"
        ) from None


def _ready_database() -> None:
    """An empty database is made; one that is behind is left alone, because an upgrade wants a backup first."""
    empty, waiting = _pending_migrations()
    if empty:
        _migrate()
    elif waiting:
        raise CommandFailed(
            "数据库 (database)",
            f"有 {waiting} 项结构升级尚未执行 ({waiting} migrations wait)",
            "先备份，再运行 qd migrate (back up, then run qd migrate)",
        )


def _migrate() -> None:
    from qingdan.web import ops

    say("==> 建立或升级数据库 (migrating the database)")
    ops.migrate(verbosity=0)


# ------------------------------------------------------------------ serving
def serve(args: argparse.Namespace) -> int:
    """Serve pages with gunicorn and run jobs in a process beside it, until one is told to stop."""
    if os.name == "nt":
        raise CommandFailed(
            "qd serve", "gunicorn 不能在 Windows 上运行 (not on Windows)", "请在 Linux 或 WSL 中运行 (use Linux or WSL)"
        )
    _check_port(args.host, args.port)
    _django(args.data)
    _ready_database()
    return _serve(args)


def _serve(args: argparse.Namespace) -> int:
    web = [sys.executable, "-m", "gunicorn", "qingdan.web.wsgi:application"]
    web += ["--bind", f"{args.host}:{args.port}", "--worker-class", "gthread", "--workers", str(args.workers)]
    web += ["--threads", str(args.threads), "--timeout", "120", "--graceful-timeout", "20", "--log-level", "warning"]
    jobs = None if getattr(args, "no_worker", False) else [sys.executable, "-m", "qingdan.cli", "worker"]
    say(f"==> 清单已启动 (serving): http://{args.host}:{args.port}/   Ctrl+C 停止 (stops)")
    return _supervise(web, jobs)


def _check_port(host: str, port: int) -> None:
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except (OSError, OverflowError) as error:
        raise CommandFailed(
            f"--host {host} --port {port}",
            f"不能监听 (cannot listen): {error}",
            "换一个端口：--port 8001 (another port)",
        ) from None


def _supervise(web: list[str], jobs: list[str] | None) -> int:
    """Run both; restart the job process when it dies, stop both when the web server or we are stopped."""
    stop = False

    def on_signal(number: int, frame: object) -> None:
        nonlocal stop
        stop = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)

    # In sessions of their own, so that Ctrl+C reaches them once: through us.
    def start(command: list[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, start_new_session=True)  # noqa: S603

    server = start(web)
    helper = start(jobs) if jobs else None
    restart_at = 0.0
    while not stop and server.poll() is None:
        time.sleep(0.3)
        if not jobs or (helper and helper.poll() is None):
            continue
        if helper:
            say(
                f"==> 后台任务进程退出，{RESTART_SECONDS} 秒后重启 (job process ended: {helper.returncode}, restarting)"
            )
            helper, restart_at = None, time.monotonic() + RESTART_SECONDS
        elif time.monotonic() >= restart_at:
            helper = start(jobs)
    status = 0 if stop else server.returncode or 1
    for child in (server, helper):
        if child:
            _stop(child)
    return status


def _stop(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def worker(args: argparse.Namespace) -> int:
    """Run queued jobs and the scheduler until told to stop."""
    _django(args.data)
    from qingdan.web.common import jobs

    jobs.worker()
    return 0


def migrate(args: argparse.Namespace) -> int:
    """Create or upgrade the database."""
    _django(args.data)
    _, waiting = _pending_migrations()
    _migrate()
    say(f"==> 完成 (done): {waiting}")
    return 0


def manage(args: argparse.Namespace) -> int:
    """Hand over to Django's own management commands."""
    _data_folder(None)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    from django.core.management import execute_from_command_line

    execute_from_command_line(["qd manage", *args.rest])
    return 0


# ------------------------------------------------------------------ looking after an installation
def _operate(args: argparse.Namespace, work: Callable[[ModuleType], int]) -> int:
    """Run one of `qingdan.web.ops`; what it refuses is told with place, reason and remedy."""
    _django(args.data)
    from qingdan.web import ops
    from qingdan.web.common.errors import DomainError

    try:
        return work(ops)
    except DomainError as error:
        raise CommandFailed(str(error.place), str(error.reason), str(error.remedy)) from None


def createadmin(args: argparse.Namespace) -> int:
    """Make the three administrators; their first passwords are printed once."""
    return _operate(args, lambda ops: ops.createadmin(args.unit))


def doctor(args: argparse.Namespace) -> int:
    """Say of each part of an installation whether it is well; status 1 when one is not."""
    return _operate(args, lambda ops: ops.doctor())


def backup(args: argparse.Namespace) -> int:
    """Write database and files into one archive."""

    def write(ops: ModuleType) -> int:
        say(f"已备份到 (backed up to) {ops.backup(args.file)}")
        return 0

    return _operate(args, write)


def restore(args: argparse.Namespace) -> int:
    """Bring an archive back, into an empty place unless forced."""
    return _operate(args, lambda ops: ops.restore(args.file, args.force))


def checkpoint(args: argparse.Namespace) -> int:
    """Print the log's newest checkpoint, or write it into a file."""
    return _operate(args, lambda ops: ops.checkpoint(args.file))


def verify(args: argparse.Namespace) -> int:
    """Check the whole log and every stored fact, or the receipts given."""
    return _operate(args, lambda ops: ops.verify(args.checkpoint, args.bundle, args.key))


# ------------------------------------------------------------------ witness
def witness(args: argparse.Namespace) -> int:
    """Watch a log from another machine; needs neither Django nor the log's data."""
    from qingdan.witness import WitnessError, commands

    try:
        return commands.call(args)
    except WitnessError as error:
        raise CommandFailed(error.place, error.reason, error.remedy) from None


# ------------------------------------------------------------------ rules
def rules(args: argparse.Namespace) -> int:
    """Registers of enterprises and the rules that are matched with them; needs no Django."""
    from qingdan.rules.commands.terminal import both
    from qingdan.rules.errors import RuleError

    try:
        return rule_commands.call(args)
    except RuleError as error:
        raise CommandFailed(both(error.place.words), both(error.reason), both(error.remedy)) from None


# ------------------------------------------------------------------ demo
def demo(args: argparse.Namespace) -> int:
    """Load the demo district into a folder of its own and serve it.

    ``qingdan.web.demo.run(data: Path) -> dict[str, str] | None`` does the loading and prints what it did; the
    environment variables it returns (the demo's clock) hold for serving.
    """
    if not args.no_serve:
        _check_port(args.host, args.port)
    folder = _data_folder(args.data or Path("data/demo"))
    # The demo never touches the database of an installation.
    os.environ.pop("DATABASE_URL", None)
    _django(folder)
    _migrate()
    load: Callable[[Path], dict[str, str] | None] = importlib.import_module("qingdan.web.demo").run
    os.environ.update(load(folder) or {})
    return 0 if args.no_serve else _serve(args)


# ------------------------------------------------------------------ tests
def test(args: argparse.Namespace) -> int:
    """Run pytest on SQLite, then on PostgreSQL; what the machine lacks is named, and an error when CI=true."""
    root = Path(__file__).resolve().parents[2]
    if not (root / "tests").is_dir():
        raise CommandFailed(
            "tests/", "这不是源代码目录 (not a clone of the source)", "请在克隆的源代码中运行 ./qd test"
        )
    browser, postgres = _find_browser(), _find_postgres()
    missing = []
    if not browser:
        missing.append(
            "浏览器测试 (browser tests): 没有找到 Chromium (none found)；apt-get install chromium，或设 QD_BROWSER"
        )
    if isinstance(postgres, Exception):
        missing.append(
            f"PostgreSQL 测试 (tests on PostgreSQL): {str(postgres).strip().splitlines()[0]}；"
            "启动 PostgreSQL 并设 DATABASE_URL_TEST (start one and set this)"
        )
    if missing and os.environ.get("CI") == "true":
        raise CommandFailed("CI=true", "\n".join(missing), "CI 中不得跳过 (nothing is skipped in CI)")
    words = list(args.rest) or ["-n", str(min(4, os.cpu_count() or 1)), "--dist", "loadfile"]
    if not browser and not any(word == "-m" or word.startswith("-m=") for word in words):
        words += ["-m", "not browser"]

    runs = {"SQLite": ""} | ({} if isinstance(postgres, Exception) else {"PostgreSQL": postgres})
    results: dict[str, int] = {}
    with tempfile.TemporaryDirectory(prefix="qd-test-") as data:
        env = {**os.environ, "QD_DATA": data, "DJANGO_SETTINGS_MODULE": SETTINGS}
        if browser:
            env["QD_BROWSER"] = browser
        for name, url in runs.items():
            env.pop("DATABASE_URL", None)
            if url:
                env["DATABASE_URL"] = url
            say(f"==> 在 {name} 上测试 (tests on {name})")
            # The libraries know no database: once is enough for them.
            places = [place for place in DATABASE_TESTS if (root / place).is_dir()] if url and not args.rest else []
            command = [sys.executable, "-m", "pytest", *words, *places]
            results[name] = subprocess.run(command, cwd=root, env=env, check=False).returncode  # noqa: S603
    for line in missing:
        say(f"跳过 (skipped)  {line}")
    for name, code in results.items():
        say(f"{'通过 (passed)' if code == 0 else f'未通过 (failed, {code})'}  {name}")
    return max(results.values())


def _find_browser() -> str:
    """The path of a Chromium: QD_BROWSER, or one on the PATH; empty for none."""
    named = os.environ.get("QD_BROWSER", "")
    if named:
        return named if Path(named).exists() else ""
    return next((path for name in BROWSERS if (path := shutil.which(name))), "")


def _find_postgres() -> str | Exception:
    """The URL of a PostgreSQL on which test databases may be made, or what stands in the way."""
    url = os.environ.get("DATABASE_URL_TEST") or TEST_POSTGRES
    try:
        import psycopg

        # As Django does: test databases are made from the database `postgres`.
        with psycopg.connect(urlunsplit(urlsplit(url)._replace(path="/postgres")), connect_timeout=3) as connection:
            row = connection.execute(
                "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
            if not row or not row[0]:
                return PermissionError("这个角色不能建库 (the role may not create databases)")
    except Exception as error:
        return error
    return url


if __name__ == "__main__":
    sys.exit(main())
