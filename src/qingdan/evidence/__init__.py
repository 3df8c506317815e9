"""Evidence: a Merkle log that nobody can quietly change and anyone can check.

The formats are those of `docs/log-format.md`. Standard library only, no database and no web; making Ed25519 signatures
alone needs a package (`signers`), and SM2 needs the command `openssl`.

* `hashing`    : SHA-256 and SM3 by name
* `merkle`     : leaf and node hashes, roots, proofs and their verification (RFC 9162, 2.1)
* `tiles`      : the same over a log stored elsewhere, read in rows of 256 nodes
* `commitment` : salted commitments to the parts of an event, and its leaf
* `ed25519`    : verification of signatures, strict
* `notes`      : public keys, checkpoints, signed notes (C2SP)
* `signers`    : private Ed25519 keys of logs and witnesses
* `sm2`        : optional SM2 signatures with SM3
* `bundle`     : an event with all that is needed to check it
"""

from .bundle import Bundle, BundleError, Result, check
from .notes import Checkpoint, Key, Note, NoteError, verify_line

__all__ = ["Bundle", "BundleError", "Checkpoint", "Key", "Note", "NoteError", "Result", "check", "verify_line"]
