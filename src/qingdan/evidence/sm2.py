"""SM2 signatures with SM3 (GB/T 32918.2-2016, GM/T 0009-2012) through the command `openssl`, version 3 or later.

An installation may add such a signature to its checkpoints. One a minute is made, so a process each is cheap enough,
and no cryptography of our own is needed. Signatures are DER, the signer's id is 1234567812345678.
"""

import functools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

PUBLIC_BYTES = 65
# SubjectPublicKeyInfo of an uncompressed point on the curve SM2 (RFC 5480, 2; OID 1.2.156.10197.1.301).
_SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")
_SM2 = ("-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678")
_SECONDS = 30


class Unavailable(RuntimeError):
    """This machine has no `openssl` that can do SM2."""

    def __init__(self) -> None:
        super().__init__(
            "本机没有支持 SM2 的 openssl（需 3.0 以上），请安装或停用 SM2 签名 "
            "(no openssl 3.0 or later with SM2 here: install it, or switch the SM2 signature off)"
        )


@functools.cache
def available() -> bool:
    """Whether this machine can make and check SM2 signatures."""
    try:
        version = _openssl("version").stdout.split()
        return version[0] == b"OpenSSL" and int(version[1].split(b".")[0]) >= 3 and _knows_curve()
    except (Unavailable, OSError, subprocess.SubprocessError, IndexError, ValueError):
        return False


def generate(path: Path) -> bytes:
    """Write a new private key (PEM, mode 0600) and give its public key of 65 bytes.

    Raises FileExistsError when the file is there already.
    """
    _require()
    pem = _run(
        "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2", "-pkeyopt", "ec_param_enc:named_curve"
    )
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    return public(path)


def public(path: Path) -> bytes:
    """The public key of a private key file: 65 bytes, the uncompressed point."""
    _require()
    spki = _run("pkey", "-in", str(path), "-pubout", "-outform", "DER")
    if not spki.startswith(_SPKI) or len(spki) != len(_SPKI) + PUBLIC_BYTES:
        raise ValueError(f"不是 SM2 私钥 (not an SM2 private key): {path}")
    return spki.removeprefix(_SPKI)


def sign(path: Path, message: bytes) -> bytes:
    """The signature of the message by the private key file, in DER."""
    _require()
    with tempfile.TemporaryDirectory() as folder:
        body = Path(folder, "message")
        body.write_bytes(message)
        return _run("pkeyutl", "-sign", "-inkey", str(path), "-in", str(body), *_SM2)


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the DER signature is that of the message under the public key of 65 bytes."""
    _require()
    if len(public) != PUBLIC_BYTES:
        return False
    with tempfile.TemporaryDirectory() as folder:
        key, body, seal = (Path(folder, name) for name in ("key", "message", "signature"))
        key.write_bytes(_SPKI + public)
        body.write_bytes(message)
        seal.write_bytes(signature)
        asked = ("-verify", "-pubin", "-keyform", "DER", "-inkey", str(key), "-in", str(body), "-sigfile", str(seal))
        return _openssl("pkeyutl", *asked, *_SM2).returncode == 0


def _require() -> None:
    if not available():
        raise Unavailable


def _knows_curve() -> bool:
    return _openssl("ecparam", "-name", "SM2", "-noout").returncode == 0


def _run(*arguments: str) -> bytes:
    """What the command answers. Raises ValueError with its complaint when it fails."""
    done = _openssl(*arguments)
    if done.returncode:
        raise ValueError(f"openssl {arguments[0]}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def _openssl(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    program = shutil.which("openssl")
    if program is None:
        raise Unavailable
    return subprocess.run([program, *arguments], capture_output=True, check=False, timeout=_SECONDS)  # noqa: S603
