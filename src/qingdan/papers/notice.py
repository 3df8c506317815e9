"""通报、通知: a notice in the normal layout of GB/T 9704-2012, with red head and imprint when it is issued
as a formal document, without them when it is an internal paper."""

from collections.abc import Sequence
from datetime import UTC, datetime

from .model import Block, Imprint, Letterhead, Paper, Paragraph, Signature, Spacer


def notice_paper(
    title: str,
    recipient: str,
    body: Sequence[Block | str],
    *,
    org: str,
    date: str,
    attachments: Sequence[str] = (),
    letterhead: Letterhead | None = None,
    imprint: Imprint | None = None,
    annex: Sequence[Block] = (),
    created: datetime = datetime(2000, 1, 1, tzinfo=UTC),
) -> Paper:
    """A notice: title, addressee (clause 7.3.2), body, list of attachments (7.3.4), signature, annex.

    A string in `body` is a paragraph. `recipient` is written without its colon. `annex` usually begins with
    an `Attachment` and may hold turned tables.
    """
    blocks: list[Block] = []
    if recipient:
        blocks.append(Paragraph(f"{recipient}：", indent=False))
    blocks += [Paragraph(part) if isinstance(part, str) else part for part in body]
    if attachments:
        blocks.append(Spacer())
        names = attachments if len(attachments) == 1 else [f"{n}. {a}" for n, a in enumerate(attachments, 1)]
        blocks.append(Paragraph(f"附件：{names[0]}"))
        # The following names stand below the first one, after the word and its colon.
        blocks += [Paragraph(f"　　　{name}") for name in names[1:]]
    blocks += [Spacer(2), Signature(org, date), *annex]
    return Paper(
        title=title,
        blocks=tuple(blocks),
        created=created,
        header=letterhead,
        imprint=imprint,
        author=org,
    )
