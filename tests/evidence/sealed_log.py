"""A small log with keys, witnesses and signed checkpoints, for the tests of this folder. All keys are made up."""

from qingdan.evidence import bundle, commitment, merkle
from qingdan.evidence.notes import Checkpoint, Note
from qingdan.evidence.signers import Signer

ORIGIN = "qingdan.example/log"
TIME = "2017-08-03T01:00:00Z"
SECONDS = 1_501_722_030

LOG = Signer(ORIGIN, bytes(range(32)))
JIWEI = Signer("纪检", bytes(range(32, 64)), "cosignature")
CAIZHENG = Signer("caizheng.example", bytes(range(64, 96)), "cosignature")
STRANGER = Signer("stranger.example", bytes(range(96, 128)), "cosignature")


class SealedLog:
    """Events 0 .. count - 1, each with parts and salts that follow from its number."""

    def __init__(self, count: int, hash: str = "sha256") -> None:
        self.hash = hash
        self.events = [self.event(number) for number in range(count)]
        leaves = [commitment.leaf(*(part.commitment(hash) for part in parts.values())) for parts in self.events]
        self.hashes = [merkle.leaf_hash(leaf, hash) for leaf in leaves]

    @staticmethod
    def event(number: int) -> dict[str, bundle.Disclosed]:
        texts = {
            "face": {
                "at": f"2017-08-03T00:{number % 60:02}:00.000000+00:00",
                "object_id": str(number),
                "object_type": "tasks.report",
                "rows": "",
                "verb": "tasks.submit_report",
            },
            "who": {"actor": str(number), "actor_label": "王芳", "post_label": "经办岗"},
            "what": {"data": '{"amount":"1亿元"}', "object_label": f"第 {number} 项"},
        }
        return {
            name: bundle.Disclosed(f"{number:016x}{place:016x}", commitment.canonical(text))
            for place, (name, text) in enumerate(texts.items())
        }

    def body(self, size: int) -> str:
        """The text of the checkpoint at a size."""
        return Checkpoint(ORIGIN, size, merkle.root(self.hashes[:size], self.hash), self.hash, TIME).body()

    def note(self, size: int, *witnesses: Signer) -> str:
        """The signed checkpoint at a size, cosigned by these."""
        body = self.body(size)
        return Note(body, (LOG.sign(body), *(each.cosign(body, SECONDS) for each in witnesses))).text()

    def bundle(self, index: int, size: int, withheld: tuple[str, ...] = (), note: str = "") -> bundle.Bundle:
        """The bundle of an event at a size; both witnesses listed and, unless a note is given, cosigning."""
        parts = {
            name: bundle.Withheld(part.commitment(self.hash)) if name in withheld else part
            for name, part in self.events[index].items()
        }
        return bundle.make(
            index=index,
            **parts,
            proof=merkle.inclusion_path(index, self.hashes[:size], self.hash),
            checkpoint=note or self.note(size, JIWEI, CAIZHENG),
            log=LOG.key,
            witnesses=(JIWEI.key, CAIZHENG.key),
        )
