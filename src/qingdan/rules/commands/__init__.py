"""The commands of the rule engine: `qd register`, `match`, `explain`, `nearmiss` and `whatif`.

* `arguments`   : what can be said on the command line
* `rules`       : rules as a command takes them; `enterprises` : registers, Parquet files, one enterprise's facts
* `terminal`    : lines, tables, the bar
* `register`, `match`, `explain`, `nearmiss`, `whatif` : one command each

Each command is a function `run` that takes the parsed arguments, prints and returns the exit status.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys

from qingdan.rules.commands.arguments import add_parsers
from qingdan.rules.errors import Place, RuleError, Words

__all__ = ["add_parsers", "call"]


def call(args: argparse.Namespace) -> int:
    """Run the command that the parsed words name. RuleError for everything that stands in its way."""
    command = importlib.import_module(f"qingdan.rules.commands.{args.module}")
    try:
        return int(command.run(args))
    except RuleError as error:
        raise error.at(Place(f"qd {args.module}")) from None
    except BrokenPipeError:
        # Whoever read the output has seen enough, as `| head` does. Nothing more is to be said, not even at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        reason = error.strerror or str(error)
        raise RuleError(
            Words(f"文件或文件夹不能使用：{reason}", f"a file or folder cannot be used: {reason}"),
            Words("请核对路径、权限和磁盘空间", "check path, permissions and disk space"),
            Place(str(error.filename or f"qd {args.module}")),
        ) from None
