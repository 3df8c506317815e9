"""Take the pictures of the README from the demo: ``python tools/screenshots.py --out docs/images``.

Starts the demo itself (in ``--data``, made anew when empty) unless ``--url`` names a running one. The pictures show
the demo's made-up district; nothing in them is real.
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from xlsxwriter import Workbook

from qingdan.cli import _find_browser

WIDE, NARROW = (1440, 900), (390, 844)
LIMIT = 250 * 1024
START_SECONDS = 900
SWITCHES = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--lang=zh-CN",
]  # fmt: skip
PORT = 8017


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="a running demo, for example http://127.0.0.1:8000")
    parser.add_argument("--data", type=Path, help="data folder of the demo that is started; a temporary one by default")
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    parser.add_argument("names", nargs="*", help="only these pictures, for example home task")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    if given.url:
        take(given.url.rstrip("/"), given.out, given.names)
        return
    with tempfile.TemporaryDirectory(prefix="qd-demo-") as folder, demo(given.data or Path(folder)) as url:
        take(url, given.out, given.names)


@contextmanager
def demo(data: Path) -> Iterator[str]:
    """The demo, served; its address."""
    words = [sys.executable, "-m", "qingdan.cli", "demo", "--data", str(data), "--port", str(PORT)]
    served = subprocess.Popen(words)  # noqa: S603
    url = f"http://127.0.0.1:{PORT}"
    try:
        until = time.monotonic() + START_SECONDS
        while not _answers(url):
            if served.poll() is not None or time.monotonic() > until:
                raise SystemExit("the demo did not start")
            time.sleep(1)
        yield url
    finally:
        served.terminate()
        served.wait(60)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=5):  # noqa: S310
            return True
    except OSError:
        return False


def take(url: str, out: Path, names: list[str]) -> None:
    """Take the pictures (all, or those named) of the demo at ``url`` into ``out``."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=_find_browser() or None, args=SWITCHES, env={**os.environ, "LANGUAGE": "zh_CN"}
        )
        for name, (who, size, show) in PICTURES.items():
            if names and name not in names:
                continue
            page = signed_in(browser, url, who, size)
            show(page, url)
            page.wait_for_load_state("networkidle")
            data = smaller(page.screenshot())
            (out / f"{name}.png").write_bytes(data)
            print(f"{out / name}.png  {len(data) // 1024} KB", flush=True)
            page.context.close()
        browser.close()


def signed_in(browser: Browser, url: str, who: str, size: tuple[int, int]) -> Page:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, locale="zh-CN", timezone_id="Asia/Shanghai"
    )
    page = context.new_page()
    page.set_default_timeout(120_000)
    # The demo fills in the name and password of an account that is chosen so.
    page.goto(f"{url}/signin/?as={who}")
    page.click("form button.qd-btn--primary")
    page.wait_for_selector(".qd-menu__person")
    return page


def smaller(data: bytes) -> bytes:
    """The picture packed tightly, with fewer colours only when it would be above the limit."""
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    packed = [picture, *(picture.quantize(n, Image.Quantize.FASTOCTREE) for n in (256, 64))]
    buffer = io.BytesIO()
    for each in packed:
        buffer = io.BytesIO()
        each.save(buffer, "PNG", optimize=True)
        if buffer.tell() <= LIMIT:
            break
    return buffer.getvalue()


# ------------------------------------------------------------------ what each picture shows
def home(page: Page, url: str) -> None:
    page.goto(f"{url}/?day=2017-07-14")
    page.wait_for_timeout(800)


def overview(page: Page, url: str) -> None:
    page.goto(f"{url}/overview/?day=2017-07-14")


def report(page: Page, url: str) -> None:
    page.goto(f"{url}/reports/")
    forms = page.locator("details.qd-week form[hx-post$='/save/']")
    for number in range(min(forms.count(), 4)):
        form = forms.nth(number)
        form.evaluate("form => { form.closest('details').open = true; }")
        words = form.locator("[name=progress]")
        words.fill(f"本周完成现场踏勘和资料收集，{words.input_value()}")
        form.locator(f"input[name=forecast][value={'yes' if number else 'no'}]").check()
        if not number:
            form.locator("[name=reason]").fill("专家评审意见较多，方案需作较大调整，预计晚于原定时间报审")
            form.locator("[name=advice]").fill("请区规建局和园区管委会联合会审，压缩送审环节")
        form.locator("[data-save]").click()
        page.wait_for_timeout(1500)
    page.evaluate("scrollTo(0, 0)")


def edition(page: Page, url: str) -> None:
    page.goto(f"{url}/lists/")
    page.locator("tbody tr", has_text="2017年7月").locator("th a").first.click()


def importing(page: Page, url: str) -> None:
    page.goto(f"{url}/import/new/")
    file = {"name": "9月新增任务台账.xlsx", "mimeType": "application/octet-stream", "buffer": _ledger()}
    page.set_input_files("input[type=file]", file)  # type: ignore[arg-type]
    page.click("button[data-submit]")
    page.wait_for_selector("select[name^=c-]")
    page.click("main form .qd-btn--primary")
    page.wait_for_selector("#rows")


def _ledger() -> bytes:
    rows: list[list[object]] = [
        ["9月新增任务"],
        ["序号", "行动计划", "大项", "工作内容", "牵头单位", "责任单位", "完成时限"],
        [1, "菁蓉镇双创示范行动计划", "孵化载体建设", "建成众创空间2万平方米", "区经科局", "区规建局", "9月底前"],
        [2, None, None, "引进创新团队12个", "区经科局", "区招商办", "9月28日"],
        ["小计", None, None, "2项"],
        [3, "川菜产业化行动计划", "园区配套", "完成园区道路3.2公里", "区规建局", "区农林局", "9月 底前"],
        [4, None, None, "签约亿元以上项目3个", "区投促局", "区农林局", "尽快"],
    ]
    buffer = io.BytesIO()
    book = Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet("9月")
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            if value is not None:
                sheet.write(r, c, value)
    sheet.merge_range(0, 0, 0, 6, str(rows[0][0]))
    book.close()
    return buffer.getvalue()


def task(page: Page, url: str) -> None:
    page.goto(f"{url}/overview/?day=2017-07-14&cannot=on")
    page.locator(".qd-overview tbody a").first.click()
    page.wait_for_selector("main h2")


def sign(page: Page, url: str) -> None:
    page.goto(f"{url}/reports/sign/")


PICTURES: dict[str, tuple[str, tuple[int, int], Callable[[Page, str], None]]] = {
    "home": ("leader", WIDE, home),
    "overview": ("mdb-officer", WIDE, overview),
    "report": ("gjj-report", WIDE, report),
    "edition": ("mdb-officer", WIDE, edition),
    "import": ("mdb-officer", WIDE, importing),
    "task": ("mdb-officer", WIDE, task),
    "sign": ("gjj-sign", WIDE, sign),
    "phone": ("leader", NARROW, home),
}

if __name__ == "__main__":
    main()
