"""What `qd witness` does: each function takes the folder and its options, prints, and returns the exit status."""

from __future__ import annotations

import argparse
import os
import time
from collections import deque
from pathlib import Path

from qingdan.evidence.notes import NoteError
from qingdan.evidence.signers import Signer, generate

from .errors import WitnessError
from .folder import Folder, kind_of, utc
from .reasons import KIND_TEXTS
from .transport import Http
from .witness import Round, Witness, cosigned_note, held_checkpoint
from .witness import log_key as parse_log_key

REFUSED = 1
NOT_DONE = 3
"""Exit status when nothing was refused, but the log was not reached or has not taken the cosignature."""
LONGEST = 86400
"""Seconds between two rounds, at most."""
RECENT = 5
"""Lines of history that `status` shows."""


def call(args: argparse.Namespace) -> int:
    """Run the part of `qd witness` that the parsed words name. Raises WitnessError."""
    try:
        if args.part == "init":
            return init(args.data, args.name)
        if args.part == "run":
            return run(args.data, args.log, args.log_key, args.every, args.once)
        if args.part == "export":
            return export(args.data, args.file)
        return status(args.data)
    except OSError as error:
        raise WitnessError(
            str(error.filename or args.data),
            f"文件或文件夹不能使用 (a file or folder cannot be used): {error.strerror or error}",
            "核对路径、权限和磁盘空间 (check path, permissions and disk space)",
        ) from None


def init(folder: Path, name: str) -> int:
    """Make the key and the empty memory; print the public key for the operator. Raises WitnessError."""
    place = Folder(folder)
    try:
        signer = Signer(name, generate(), "cosignature")
        place.make()
        signer.save(place.key_file)
    except NoteError as error:
        raise WitnessError(f"--name {name}", str(error), "例如 (such as) --name jiwei-pidu") from None
    except FileExistsError:
        raise WitnessError(
            str(place.key_file),
            "这里已有见证的私钥，不会覆盖 (there is a witness's key here; it is not replaced)",
            "换一个文件夹，或用 qd witness status 查看 (use another folder, or look with qd witness status)",
        ) from None
    say(f"==> 已建立见证 (witness made): {folder}")
    say(f"公钥，交给日志运营方登记 (public key, for the operator to enter):\n{signer.key.vkey}")
    say(f"指纹，与运营方当面核对 (fingerprint, to compare in person):\n{signer.key.fingerprint}")
    say(f"私钥不得离开本机 (the private key stays on this machine): {place.key_file}")
    return 0


def run(folder: Path, log: str, log_key: str, every: float, once: bool) -> int:
    """Look at the log, once or again and again; raises WitnessError when the options or the folder are no good."""
    http = Http(log)
    if not 1 <= every <= LONGEST:
        raise WitnessError(
            f"--every {every:g}", "间隔不合适 (no usable interval)", f"1 至 {LONGEST} 秒 (1 to {LONGEST} seconds)"
        )
    if os.name == "nt":
        raise WitnessError(
            "qd witness run", "不能在 Windows 上运行 (not on Windows)", "请用 Linux 或 WSL (use Linux or WSL)"
        )
    try:
        given = parse_log_key(log_key) if log_key else None
    except NoteError as error:
        raise WitnessError(
            "--log-key", str(error), "用日志运营方给出的整行公钥 (give the whole line from the operator)"
        ) from None
    witness = Witness(folder, _signer(folder), http, given)
    while True:
        try:
            done = witness.round()
        except OSError as error:
            done = Round("unreachable", f"文件夹不能使用 (the folder cannot be used): {error}")
        _tell(done)
        if once:
            return _status(done)
        time.sleep(every)


def status(folder: Path) -> int:
    """Show what the witness holds, cosigned and refused; status 1 while there is evidence of a refusal."""
    place = Folder(folder)
    state, signer = place.load(), _signer(folder)
    held = held_checkpoint(state)
    say(f"见证 (witness): {signer.key.vkey}")
    say(f"指纹 (fingerprint): {signer.key.fingerprint}")
    if held:
        key = parse_log_key(state.log_key)
        say(f"日志 (log): {key.vkey}")
        say(f"日志公钥指纹 (fingerprint of its key): {key.fingerprint}")
        say(f"已核对 (checked): {held.size} 条 (entries)，根 (root) {held.root.hex()}，{held.time}")
        taken = "日志已收下 (taken by the log)" if state.taken else "日志尚未收下 (not yet taken by the log)"
        say(f"共签于 (cosigned at): {utc(state.time)}，{taken}")
    else:
        say("还没有见过检查点 (no checkpoint seen yet)")
    if place.last_file.exists():
        say(f"最近一轮 (last round): {place.last_file.read_text('utf-8').rstrip()}")
    if place.journal_file.exists():
        with open(place.journal_file, encoding="utf-8") as journal:
            recent = deque(journal, RECENT)
        say("最近记录 (recent):")
        for line in recent:
            say(f"  {line.rstrip()}")
    refusals = place.refusals()
    say(f"拒绝 (refused): {len(refusals)}")
    for each in refusals:
        say(f"  {each.name}  {' / '.join(KIND_TEXTS[kind_of(each)].name)}")
    return REFUSED if refusals else 0


def export(folder: Path, file: Path) -> int:
    """Write the newest checkpoint with the log's signature and the witness's. Raises WitnessError, OSError."""
    state, signer = Folder(folder).load(), _signer(folder)
    held = held_checkpoint(state)
    if not held:
        raise WitnessError(
            str(folder),
            "还没有共签过检查点 (no checkpoint is cosigned yet)",
            "先运行 qd witness run --once (first run qd witness run --once)",
        )
    file.write_text(cosigned_note(state, signer), "utf-8")
    say(f"已写出共签的检查点 (wrote the cosigned checkpoint): {held.size} → {file}")
    return 0


def say(text: str) -> None:
    """One line or more of what happens."""
    print(text, flush=True)


def _signer(folder: Path) -> Signer:
    try:
        signer = Signer.load(Folder(folder).key_file)
    except (OSError, NoteError) as error:
        raise WitnessError(
            str(Folder(folder).key_file),
            f"读不出见证的私钥 (the witness's key cannot be read): {error}",
            "新见证先运行 qd witness init；否则从备份恢复 (a new witness starts with qd witness init; else restore it)",
        ) from None
    return signer


def _tell(done: Round) -> None:
    """One line each round; a refusal with new evidence is said so that nobody overlooks it."""
    line = f"{utc(int(time.time()))} {done.text}"
    if done.evidence:
        bar = "!" * 72
        read = f"请阅读并报告 (read it and report): {done.evidence / 'why.txt'}"
        line = f"{bar}\n{line}\n{read}\n{bar}"
    say(line)


def _status(done: Round) -> int:
    if done.result == "refused":
        return REFUSED
    return NOT_DONE if done.waiting or done.result == "unreachable" else 0
