"""The demo's log: signed once, and confirmed by two witnesses whose keys, in the demo only, lie in its data folder."""

from __future__ import annotations

from pathlib import Path

from qingdan.evidence.notes import Note
from qingdan.evidence.signers import Signer, generate
from qingdan.web.common import clock
from qingdan.web.trust.models import Checkpoint
from qingdan.web.trust.services import checkpoints, witnesses
from qingdan.web.units.models import User

WITNESSES = (("demo-jiwei", "区纪委监察局"), ("demo-caizheng", "区财政局"))


def load(data: Path) -> Checkpoint | None:
    """Register the witnesses, sign the log as it stands, and have both confirm it. Returns the checkpoint."""
    secadmin = User.objects.get(username="secadmin")
    signers = []
    for name, body in WITNESSES:
        folder = data / "demo-witnesses" / name
        folder.mkdir(parents=True, exist_ok=True)
        signer = Signer(name, generate(), "cosignature")
        signer.save(folder / "witness.key")
        witnesses.add_witness(secadmin, body, signer.key.vkey, "演示：见证单位提供的公钥")
        signers.append(signer)
    made = checkpoints.make_checkpoint()
    if made is not None:
        for signer in signers:
            witnesses.add_cosignature(
                made.size, signer.cosign(Note.parse(made.note).body, int(clock.now().timestamp()))
            )
    return made
