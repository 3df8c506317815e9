"""How long an overview takes as PDF and docx, beside WeasyPrint and ReportLab on the same rows.

    python benchmarks/papers/pdf.py [--rows 230 2000] [--peer-python PATH] [--limit 300]

Every measurement runs in a process of its own, so that no cache of an earlier one helps; imports are not
counted. CPU seconds of the process are compared, because the clock on a shared machine says little. The peers
are not dependencies of the project: install them anywhere and name that interpreter; a peer that cannot be
imported there is reported and left out. The peers print a plain table with merged cells and a repeated header:
less than the papers do (no page-number sides, no labels repeated, no crossed-out dates).
"""

import argparse
import html
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HEADERS = ("序号", "大项", "工作内容", "牵头单位", "完成时限", "进展情况", "预估", "原因及建议", "需要解决的问题")
SHARES = (3.0, 8.0, 19.0, 8.0, 8.0, 27.5, 6.0, 11.0, 9.5)
SENTENCES = (
    "已完成方案编制并报区政府审定，正在开展入户调查，累计签约126户，占总数的63%，下一步将逐户做好政策解释。",
    "施工图设计已完成初稿，正在组织专家评审，预计7月20日前完成修改并报批。",
    "完成管网铺设1.6公里，剩余0.7公里受连续降雨影响，施工单位正在抢抓工期，确保按期完成。",
)


def items(rows: int) -> list[list[list[str]]]:
    """Items of three tasks each, seven texts per task; synthetic and different in every row."""
    made: list[list[list[str]]] = []
    for number in range(rows):
        if number % 3 == 0:
            made.append([])
        made[-1].append(
            [
                f"完成第{number}号片区拆迁安置方案并启动首批房屋征收签约",
                "工业港管委会",
                "7月31日前",
                f"{number}：{SENTENCES[number % 3]}",
                "不能" if number % 46 == 0 else "能",
                "征地补偿标准调整，部分农户未签约；建议专题研究。" if number % 46 == 0 else "",
                "请协调用地指标。" if number % 46 == 0 else "",
            ]
        )
    return made


def ours(rows: int, target: str) -> bytes:
    from datetime import datetime

    from qingdan.papers import OverviewItem, OverviewPlan, OverviewTask, overview_paper, to_docx, to_pdf

    made = tuple(
        OverviewItem(str(number), "城市有机更新", tuple(OverviewTask(*task) for task in tasks))
        for number, tasks in enumerate(items(rows), 1)
    )
    paper = overview_paper("行动计划进展情况一览表", [OverviewPlan("", made)], created=datetime(2017, 7, 14))
    return to_pdf(paper) if target == "pdf" else to_docx(paper)


def weasyprint_pdf(rows: int) -> bytes:
    from weasyprint import HTML

    parts = []
    for number, tasks in enumerate(items(rows), 1):
        for index, task in enumerate(tasks):
            label = "".join(
                f'<td rowspan="{len(tasks)}">{text}</td>' for text in (number, "城市有机更新") if index == 0
            )
            parts.append(f"<tr>{label}{''.join(f'<td>{html.escape(cell)}</td>' for cell in task)}</tr>")
    style = (
        "@page { size: A4 landscape; margin: 17mm 15mm 18mm; @bottom-center { content: '— ' counter(page) ' —' } }"
        "body { font: 10.5pt/1.3 'Noto Serif SC', 'Noto Serif CJK SC' }"
        "table { border-collapse: collapse; table-layout: fixed; width: 100% } td, th { border: 0.5pt solid }"
    )
    columns = "".join(f'<col style="width:{share}%">' for share in SHARES)
    head = "".join(f"<th>{header}</th>" for header in HEADERS)
    page = (
        f"<style>{style}</style><table>{columns}<thead><tr>{head}</tr></thead><tbody>{''.join(parts)}</tbody></table>"
    )
    return bytes(HTML(string=page).write_pdf())


def reportlab_pdf(rows: int) -> bytes:
    import io

    from reportlab.lib.pagesizes import A4, landscape
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.lib.units import mm
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Table

    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    style = ParagraphStyle("cell", fontName="STSong-Light", fontSize=10.5, leading=13.65, wordWrap="CJK")
    cells: list[list[object]] = [[Paragraph(header, style) for header in HEADERS]]
    spans: list[tuple[object, ...]] = [("GRID", (0, 0), (-1, -1), 0.5, "black")]
    for number, tasks in enumerate(items(rows), 1):
        top = len(cells)
        for index, task in enumerate(tasks):
            label = (str(number), "城市有机更新") if index == 0 else ("", "")
            cells.append([Paragraph(html.escape(text), style) for text in (*label, *task)])
        spans += [("SPAN", (column, top), (column, len(cells) - 1)) for column in (0, 1)]
    widths = [267 * mm * share / sum(SHARES) for share in SHARES]
    buffer = io.BytesIO()
    frame = {"leftMargin": 15 * mm, "rightMargin": 15 * mm, "topMargin": 17 * mm, "bottomMargin": 18 * mm}
    document = SimpleDocTemplate(buffer, pagesize=landscape(A4), **frame)
    document.build([Table(cells, colWidths=widths, repeatRows=1, style=spans)])
    return buffer.getvalue()


MAKERS = {
    "papers pdf": lambda rows: ours(rows, "pdf"),
    "papers docx": lambda rows: ours(rows, "docx"),
    "weasyprint": weasyprint_pdf,
    "reportlab": reportlab_pdf,
}


def run_one(name: str, rows: int, target: Path) -> None:
    """In the child process: a small file first, then the one that counts; print its figures."""
    try:
        MAKERS[name](6)  # imports and fonts are not what is measured
    except ImportError as missing:
        print(json.dumps({"missing": str(missing.name)}))
        return
    cpu, clock = time.process_time(), time.perf_counter()
    data = MAKERS[name](rows)
    figures = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - clock, "bytes": len(data)}
    target.write_bytes(data)
    print(json.dumps(figures))


def pages(path: Path) -> int | None:
    try:
        import pdfplumber
    except ImportError:
        return None
    with pdfplumber.open(path) as document:
        return len(document.pages)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[230, 2000])
    parser.add_argument("--peer-python", default=sys.executable, help="interpreter that has the peers")
    parser.add_argument("--limit", type=float, default=300, help="seconds after which a run is given up")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        run_one(options.one[0], int(options.one[1]), Path(options.one[2]))
        return
    for rows in options.rows:
        base: float | None = None
        for name in MAKERS:
            python = sys.executable if name.startswith("papers") else options.peer_python
            with tempfile.TemporaryDirectory() as folder:
                target = Path(folder) / "made"
                command = [python, __file__, "--one", name, str(rows), str(target)]
                try:
                    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=options.limit)
                except subprocess.TimeoutExpired:
                    print(f"{rows:6} rows  {name:12} given up after {options.limit:.0f} s")
                    continue
                figures = json.loads(done.stdout.splitlines()[-1])
                if "missing" in figures:
                    print(f"{rows:6} rows  {name:12} peer not installed ({figures['missing']})")
                    continue
                base = base or figures["cpu"]
                count = pages(target) if name != "papers docx" else None
                print(
                    f"{rows:6} rows  {name:12} {figures['cpu']:8.2f} s CPU  {figures['wall']:8.2f} s wall  "
                    f"{figures['bytes'] / 1024:8.0f} KiB  {count or '-':>5} pages  "
                    f"{figures['cpu'] / base:6.1f} x papers pdf"
                )


if __name__ == "__main__":
    main()
