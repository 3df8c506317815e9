"""The sheet that goes with refused evidence, for a person to put on a desk: what happened, what it shows, what next."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from qingdan.evidence.notes import Key

from .folder import utc
from .judge import Refused


@dataclass(frozen=True)
class Kind:
    """What a kind of refusal is called, and what its evidence says and does not say, in Chinese and English."""

    name: tuple[str, str]
    weight: tuple[str, str]


KIND_TEXTS = {
    "fork": Kind(
        ("分叉：与已见证的历史不符", "fork: it does not fit the witnessed history"),
        (
            "两份记录都有日志私钥的有效签名，运营方不能否认出自其手。大小相同、根不同的，两份记录不能同时为真，本身即是铁证；"
            "大小不同的，请运营方给出两者之间的一致性证明，给不出成立的证明，即是改写了历史。",
            "Both notes carry valid signatures of the log's key, so the operator cannot disown them. Where the "
            "sizes are equal and the roots differ, they cannot both be true and are proof by themselves. Where the "
            "sizes differ, ask the operator for the consistency proof between them: without one that holds, "
            "history was rewritten.",
        ),
    ),
    "rollback": Kind(
        ("回退：记录变少了", "rollback: the log shrank"),
        (
            "两份记录都有日志私钥的有效签名，现在给出的比以前的少。可能是中间缓存了旧记录，也可能是用旧备份恢复而丢了记录，"
            "还可能是有意删除。请运营方说明；不能恢复到已见证的大小，就是丢失了记录。",
            "Both notes carry valid signatures of the log's key, and what is offered now is smaller than "
            "before. It may be an old copy from a cache, a restored old backup that lost records, or a "
            "deletion on purpose. Ask the operator: a log that cannot come back to the witnessed size has "
            "lost records.",
        ),
    ),
    "unproven": Kind(
        ("拒不证明：没有可用的一致性证明", "unproven: no usable consistency proof"),
        (
            "日志签名了更大的记录，却没有给出它延续旧记录的证明。这本身不等于改写，但诚实的日志总能给出证明；"
            "一直不给，应当按改写历史查。",
            "The log signed a larger tree and gave no proof that it continues the old one. That alone is no "
            "rewriting, but an honest log can always give the proof; if it stays away, look into it as "
            "rewritten history.",
        ),
    ),
    "origin": Kind(
        ("来源不符：不是这个日志", "origin: another log"),
        (
            "现在给出的记录写着另一个来源。可能是地址指向了别的系统，也可能是运营方另起了一个日志，想脱离以前的见证。",
            "What is offered names another origin. The address may lead to another system, or the operator "
            "has begun a new log to get away from what was witnessed.",
        ),
    ),
    "key": Kind(
        ("签名不符：不是已固定的公钥", "key: not signed by the pinned key"),
        (
            "这份记录没有已固定公钥的有效签名，不能单凭它认定是日志运营方所为：也可能是中间有人冒充，或运营方换了公钥。"
            "请先核对网址和网络，再与运营方当面核对公钥指纹。",
            "This note carries no valid signature of the pinned key, so it alone does not show that the operator "
            "made it: there may be an impostor on the way, or the operator has changed the key. Check the address "
            "and the network first, then compare the fingerprint of the key with the operator in person.",
        ),
    ),
    "form": Kind(
        ("格式不符：不是一份检查点", "form: not a checkpoint"),
        (
            "收到的不是规定格式的检查点，不能认定出自日志运营方：多半是地址写错、中间的代理或登录页。请先核对网址和网络。",
            "What came is no checkpoint of the agreed form, and nothing shows that the operator made it: most often "
            "the address is wrong, or a proxy or a sign-in page answered. Check the address and the network first.",
        ),
    ),
}

FILES = {
    "note.txt": ("日志这次给出的原文", "what the log offered, byte for byte"),
    "held.txt": ("本见证此前核对并共签的检查点", "the checkpoint that this witness had checked and cosigned"),
    "proof.json": ("日志对一致性证明请求的回答原文", "the log's answer when asked for the proof, byte for byte"),
}


def why(refusal: Refused, moment: int, witness: Key, log: Key, files: Mapping[str, bytes]) -> str:
    """The text of `why.txt`, in Chinese and then in English; `moment` is UTC seconds, `files` lie beside it."""
    kind = KIND_TEXTS[refusal.kind]
    listed = [
        (f"{name}  {FILES[name][0]}", f"{name}  {FILES[name][1]}", f"  SHA-256 {hashlib.sha256(content).hexdigest()}")
        for name, content in files.items()
    ]
    chinese = [
        f"见证拒绝共签：{kind.name[0]}",
        "",
        f"时间（UTC）：{utc(moment)}",
        f"见证：{witness.name}",
        f"见证公钥：{witness.vkey}",
        f"日志：{log.name}",
        f"日志公钥：{log.vkey}",
        f"日志公钥指纹：{log.fingerprint}",
        "",
        f"经过：{refusal.zh}。",
        f"意味着：{kind.weight[0]}",
        "",
        "本文件夹中的证据：",
        *(line for zh, _, digest in listed for line in (zh, digest)),
        "",
        "怎么办：",
        "1. 不要改动、删除本文件夹；复制一份，连同本页交主管人员。",
        "2. 请运营方书面说明；让另一个见证单位把它持有的检查点拿来比对。",
        "3. 本见证没有共签这份记录，此前的记忆不变；日志恢复正常后，它会自动继续。",
    ]
    english = [
        f"A witness refused to cosign: {kind.name[1]}",
        "",
        f"Time (UTC): {utc(moment)}",
        f"Witness: {witness.name}",
        f"Public key of the witness: {witness.vkey}",
        f"Log: {log.name}",
        f"Public key of the log: {log.vkey}",
        f"Fingerprint of the log's key: {log.fingerprint}",
        "",
        f"What happened: {refusal.en}.",
        f"What it means: {kind.weight[1]}",
        "",
        "The evidence in this folder:",
        *(line for _, en, digest in listed for line in (en, digest)),
        "",
        "What to do:",
        "1. Change and delete nothing here; copy the folder and bring it, with this sheet, to those in charge.",
        "2. Ask the operator for an explanation in writing; compare with the checkpoint that another witness holds.",
        "3. This witness did not cosign, and what it remembers is unchanged; when the log is well again, it goes on.",
    ]
    return "\n".join([*chinese, "", "-" * 60, "", *english, ""])
