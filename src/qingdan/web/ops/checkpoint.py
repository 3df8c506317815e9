"""The newest checkpoint for an inspector to carry away."""

from __future__ import annotations

from pathlib import Path

from qingdan.web.trust.services import checkpoints

from .errors import OpsError


def checkpoint(path: Path | str | None = None) -> int:
    """Print the newest checkpoint with its cosignatures, or write it into a new file. Returns 0; raises OpsError."""
    newest = checkpoints.newest()
    if newest is None:
        raise OpsError("日志", "还没有检查点。", "后台进程每分钟签一次，请确认 qd worker 在运行。")
    text = checkpoints.text_of(newest)
    if path is None:
        print(text, end="")
        return 0
    try:
        with Path(path).open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise OpsError(str(path), "文件已存在。", "请换一个文件名，不覆盖已有文件。") from None
    except OSError as error:
        raise OpsError(str(path), f"写入失败：{error.strerror or error}", "请检查位置和权限后重试。") from error
    print(f"已写出检查点 (checkpoint written): {newest.size} → {path}")
    return 0
