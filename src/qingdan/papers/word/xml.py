"""WordprocessingML by hand: elements, runs of text, fields. The order of children is the schema's."""

from functools import cache
from typing import Any

from docx.oxml.ns import qn as _qualified

from .. import gbt9704 as g
from ..text import printable

# A long table asks for the same few names a hundred thousand times.
qn = cache(_qualified)


def twips(length: float) -> str:
    """A length in points as Word writes it, in twentieths."""
    return str(round(length * 20))


def points(length: float) -> float:
    """Points of a length in mm."""
    return length * 72 / 25.4


def sub(parent: Any, tag: str, **attributes: str) -> Any:
    """A child element; attribute names without prefix are in the w: namespace."""
    element = parent.makeelement(qn(tag), {qn(f"w:{name}"): value for name, value in attributes.items()})
    parent.append(element)
    return element


def fonts(properties: Any, role: str) -> None:
    name = g.WORD_FONTS[role]
    sub(properties, "w:rFonts", ascii=name, hAnsi=name, eastAsia=name, cs=name, hint="eastAsia")


def run(
    paragraph: Any,
    text: str,
    role: str | None = None,
    size: float | None = None,
    *,
    bold: bool = False,
    strike: bool = False,
    colour: str | None = None,
    boxed: tuple[str, str] | None = None,
) -> None:
    element = sub(paragraph, "w:r")
    properties = sub(element, "w:rPr")
    # The order of these children is fixed by the schema.
    if role:
        fonts(properties, role)
    if bold:
        sub(properties, "w:b")
    if strike:
        sub(properties, "w:strike")
    if boxed:
        colour = boxed[0]
    if colour:
        sub(properties, "w:color", val=colour)
    if size:
        sub(properties, "w:sz", val=str(round(size * 2)))
        sub(properties, "w:szCs", val=str(round(size * 2)))
    if boxed:
        sub(properties, "w:bdr", val="single", sz="4", space="0", color=boxed[0])
        sub(properties, "w:shd", val="clear", color="auto", fill=boxed[1])
    for number, line in enumerate(printable(text).split("\n")):
        if number:
            sub(element, "w:br")
        part = sub(element, "w:t")
        part.text = line
        part.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")


def field(paragraph: Any, instruction: str, shown: str, size: float, role: str = "song") -> None:
    """A field and the value shown until the program computes it."""
    for kind in ("begin", "instruction", "separate", "shown", "end"):
        element = sub(paragraph, "w:r")
        properties = sub(element, "w:rPr")
        fonts(properties, role)
        sub(properties, "w:sz", val=str(round(size * 2)))
        if kind == "instruction":
            text = sub(element, "w:instrText")
            text.text = f" {instruction} "
            text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        elif kind == "shown":
            sub(element, "w:t").text = shown
        else:
            sub(element, "w:fldChar", fldCharType=kind)
