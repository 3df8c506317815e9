"""The log's keys: Ed25519 in `log.key`, and where QD_LOG_SM2 asks for it SM2 in `log-sm2.key`, both in the data folder.

They are made once, by whoever signs the first checkpoint, readable by their owner alone, and belong to no backup: a
log whose key is lost has ended, and one whose key was copied can be forged (though not past its witnesses).
"""

from __future__ import annotations

import functools
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from qingdan.evidence import sm2
from qingdan.evidence.notes import Key, NoteError, signature_line
from qingdan.evidence.signers import Signer, generate
from qingdan.web.common.errors import DomainError

from .models import Checkpoint


def key_file() -> Path:
    """Where the private Ed25519 key lies."""
    return Path(settings.DATA_DIR, "log.key")


def sm2_file() -> Path:
    """Where the private SM2 key lies (PEM)."""
    return Path(settings.DATA_DIR, "log-sm2.key")


def make() -> None:
    """Make the keys that are wanted and not there.

    Raises DomainError when the log has checkpoints already but its key is gone: another key would be another log.
    SM2 may be switched on at any time; notes of before then lack its line.
    """
    begun = Checkpoint.objects.exists()  # asked first: another worker may make key and checkpoint meanwhile
    if not key_file().exists():
        if begun:
            raise DomainError(
                str(key_file()),
                _("日志的私钥不在，而日志已有检查点。"),
                _("请从另行保管的副本恢复该文件，不得另建。"),
            )
        _once(key_file(), lambda path: Signer(_origin(), generate()).save(path))
    if settings.QD_LOG_SM2 and not sm2_file().exists():
        if not sm2.available():
            raise DomainError(
                "QD_LOG_SM2",
                _("本机没有支持 SM2 的 openssl。"),
                _("请安装 OpenSSL 3.0 或更新的版本，或去掉 QD_LOG_SM2。"),
            )
        _once(sm2_file(), sm2.generate)


def public() -> list[Key]:
    """The public keys, Ed25519 first; empty before the first checkpoint. Raises DomainError for a file that is no key
    of this log."""
    if not key_file().exists():
        return []
    keys = [_signer().key]
    if settings.QD_LOG_SM2 and sm2_file().exists() and sm2.available():
        keys.append(Key(_origin(), "sm2", _sm2_public(sm2_file(), sm2_file().stat().st_mtime_ns)))
    return keys


def sign(body: str) -> list[str]:
    """The log's signature lines under a checkpoint's text. Raises DomainError when a key cannot be used."""
    lines = []
    for key in public():
        payload = sm2.sign(sm2_file(), body.encode()) if key.kind == "sm2" else None
        lines.append(signature_line(key, payload) if payload is not None else _signer().sign(body))
    return lines


def readable_by_others() -> list[Path]:
    """The key files that not only their owner can read."""
    return [path for path in (key_file(), sm2_file()) if path.exists() and path.stat().st_mode & 0o077]


def _origin() -> str:
    return str(settings.QD_LOG_ORIGIN)


def _signer() -> Signer:
    try:
        signer = Signer.load(key_file())
    except (OSError, NoteError) as error:
        raise DomainError(
            str(key_file()), _("日志的私钥不能读取：%(error)s") % {"error": error}, _("请从另行保管的副本恢复该文件。")
        ) from None
    if signer.key.name != _origin() or signer.key.kind != "ed25519":
        raise DomainError(
            "QD_LOG_ORIGIN",
            _("与私钥的名称 %(name)s 不同。") % {"name": signer.key.name},
            _("日志的名称一经使用不得更改，请改回。"),
        )
    return signer


@functools.lru_cache(maxsize=1)
def _sm2_public(path: Path, changed: int) -> bytes:
    """Reading it takes a process; the time of the file's last change keeps the answer true."""
    return sm2.public(path)


def _once(path: Path, save: Callable[[Path], object]) -> None:
    """Let one of several processes make a file: the others find it, and never half of it."""
    new = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    try:
        save(new)
        os.link(new, path)
    except FileExistsError:
        pass
    finally:
        new.unlink(missing_ok=True)
