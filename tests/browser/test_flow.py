"""A month's work in the browser, each step by the person whose work it is: a workbook comes in, a list is issued,
a unit reports and signs, the office overrides a light, exports the overview and reads that of a past day."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from driving import Prepared, Watched, current_chromium, launch, old_chromium, person
from playwright.sync_api import Browser, Playwright, expect
from serving import Installation, on_postgres
from world import PASSWORD, ledger

pytestmark = pytest.mark.browser
LATER = "2017-07-17T09:00"


@pytest.fixture(params=["current", "109"])
def engine(request: pytest.FixtureRequest, playwright: Playwright) -> Iterator[Browser]:
    """The machine's own Chromium, and 109, the last for old Windows machines."""
    if request.param != "current" and on_postgres():
        pytest.skip("old engines are shown on SQLite: what reaches them does not depend on the database")
    path = current_chromium() if request.param == "current" else old_chromium(request.param)
    made = launch(playwright, path)
    yield made
    made.close()


def sign_in(at: Watched, name: str) -> None:
    page = at.page
    at.go("/")
    page.get_by_label("登录名").fill(name)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.locator(".qd-menu__person")).to_be_visible()


def confirm(at: Watched) -> None:
    """Say yes to the question that the page asks."""
    dialog = at.page.locator("#qd-confirm")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="确定").click()


@pytest.mark.covers("P-18", "P-19", "P-28", "P-36")
def test_a_month_from_the_workbook_to_the_overview_of_a_past_day(
    engine: Browser, prepared: Prepared, tmp_path: Path
) -> None:
    with prepared.installation.copy(tmp_path / "data", "flow") as site:
        with site.serving() as url:
            with person(engine, url) as officer:
                sign_in(officer, "officer")
                import_workbook(officer)
                draft_list(officer)
                open_week(officer)
            with person(engine, url) as head:
                sign_in(head, "head")
                issue_list(head)
            with person(engine, url) as reporter:
                sign_in(reporter, "reporter")
                write_reports(reporter)
            with person(engine, url) as signer:
                sign_in(signer, "signer")
                sign_reports(signer)
        look_back(engine, site, tmp_path)
        assert "Traceback" not in site.log()


def import_workbook(at: Watched) -> None:
    page = at.page
    at.go("/import/new/")
    file = {"name": "7月台账.xlsx", "mimeType": "application/octet-stream", "buffer": ledger()}
    page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name="上传并识别").click()
    expect(page.get_by_role("heading", name="列对应")).to_be_visible()
    expect(page.get_by_label("“工作内容”对应的字段")).to_have_value("task")
    page.get_by_role("button", name="保存对应并预览").click()

    # One name in the ledger is nobody's: said with its place, and answered once.
    unknown = page.locator("#units tbody tr")
    expect(unknown).to_have_count(1)
    expect(unknown).to_contain_text("区招商办")
    expect(page.get_by_role("button", name="确认导入")).to_be_disabled()
    unknown.locator("select").select_option(label="区农林局")
    page.get_by_role("button", name="按所选单位更新预览").click()
    expect(page.locator("#units")).to_have_count(0)
    page.get_by_role("button", name="确认导入").click()
    confirm(at)
    expect(page.get_by_role("heading", name="导入结果")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(3)


def draft_list(at: Watched) -> None:
    page = at.page
    at.go("/lists/")
    page.get_by_role("link", name="编制下期清单").click()
    page.get_by_role("button", name="编制草稿").click()
    expect(page.locator("h1")).to_contain_text("草稿")
    expect(page.get_by_role("button", name="印发清单")).to_have_count(0)


def open_week(at: Watched) -> None:
    at.go("/reports/weeks/")
    at.page.get_by_label("该周的任意一天").fill("2017-07-12")
    at.page.get_by_role("button", name="开放该周填报").click()
    expect(at.page).to_have_url(f"{at.url}/reports/weeks/1/")


def issue_list(at: Watched) -> None:
    page = at.page
    at.go("/lists/")
    page.get_by_role("link", name="继续编制").click()
    page.get_by_label("批准人（岗位）").fill("区委主要领导")
    page.get_by_role("button", name="印发清单").click()
    # Asked, and not yet done: a wrong click costs nothing.
    page.locator("#qd-confirm").get_by_role("button", name="取消").click()
    expect(page.locator("h1")).to_contain_text("草稿")
    page.get_by_role("button", name="印发清单").click()
    confirm(at)
    expect(page.locator("h1")).to_contain_text("已印发")


def write_reports(at: Watched) -> None:
    page = at.page
    at.go("/reports/")
    cards = page.locator(".qd-week")
    expect(cards).to_have_count(2)
    first, second = cards.nth(0), cards.nth(1)
    first.get_by_label("进展情况").fill("主体结构封顶，累计完成312套。")
    first.get_by_label("能", exact=True).check()
    # Saved by itself, without a button.
    expect(first.locator(".qd-saved")).to_contain_text("草稿已保存")
    expect(first.locator("summary")).to_contain_text("待签发")

    expect(second.get_by_label("不能按时办结的原因")).to_be_hidden()
    second.get_by_label("进展情况").fill("路基完成1公里。")
    second.get_by_label("不能", exact=True).check()
    second.get_by_label("不能按时办结的原因").fill("拆迁未完成")
    second.get_by_label("建议", exact=False).last.fill("请相关街道加快拆迁")
    second.get_by_label("进展情况").press("Control+s")
    expect(second.locator("summary")).to_contain_text("待签发")
    page.reload()
    expect(page.get_by_label("不能按时办结的原因").last).to_have_value("拆迁未完成")


def sign_reports(at: Watched) -> None:
    page = at.page
    at.go("/reports/sign/")
    expect(page.locator("tbody input[type=checkbox]:checked")).to_have_count(2)
    expect(page.locator("tbody")).to_contain_text("拆迁未完成")
    page.get_by_role("button", name="签发并报送").click()
    expect(page.locator("main")).to_contain_text("主体结构封顶")
    expect(page).to_have_url(f"{at.url}/reports/sign/1/")


def look_back(engine: Browser, site: Installation, folder: Path) -> None:
    """Five days later: a light overridden today stands today, and not in the overview of the Friday before."""
    site.env["QD_CLOCK"] = LATER
    with site.serving() as url, person(engine, url, accept_downloads=True) as officer:
        page = officer.page
        sign_in(officer, "officer")
        officer.go("/overview/")
        page.get_by_role("link", name="建成人才公寓624套").click()
        page.locator("#do-light summary").click()
        form = page.locator("#do-light")
        form.get_by_label("调整为").select_option(label="逾期")
        form.get_by_label("有效至").fill("2017-07-28")
        form.get_by_label("理由").fill("现场核实未封顶")
        form.get_by_role("button").click()
        expect(page.locator("main")).to_contain_text("现场核实未封顶")

        officer.go("/overview/")
        row = page.locator("tr", has_text="建成人才公寓624套")
        expect(row).to_contain_text("逾期")
        with page.expect_download() as coming:
            page.locator("a[download]").first.click()
        saved = folder / "overview.xlsx"
        coming.value.save_as(saved)
        sheet = openpyxl.load_workbook(saved).active
        assert sheet is not None
        text = "\n".join(str(cell) for line in sheet.iter_rows(values_only=True) for cell in line if cell)
        assert "建成人才公寓624套" in text and "拆迁未完成" in text

        page.get_by_label("截至日期").fill("2017-07-14")
        page.get_by_role("button", name="查看").click()
        expect(page.locator(".qd-head__sub")).to_contain_text("截至2017年7月14日")
        expect(row).to_contain_text("主体结构封顶")
        expect(row).not_to_contain_text("逾期")
