"""The "牵头单位" / "责任单位" cell of a ledger, read into unit names as a register would hold them.

省科技厅、工业和信息化厅 means two departments of the province: the level prefix is carried on. 各镇街 names a
group, 等 leaves the list open, 按职责分工负责 shares the duty. Nothing here knows which units exist.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from qingdan.standards.numerals import clean_text, to_half_width


@dataclass(frozen=True)
class UnitMention:
    """One unit of a list. `name` carries the inherited prefix, `written` is what stood there.

    `leads`: marked as 牵头 or 主办; `supports`: marked as 配合 or 协办; `collective`: a group such as 各镇街.
    """

    name: str
    written: str
    collective: bool = False
    leads: bool = False
    supports: bool = False


@dataclass(frozen=True)
class UnitList:
    """The reading of one cell. `shared_duty`: 按职责分工负责; `open_ended`: the list ends in 等."""

    mentions: tuple[UnitMention, ...] = ()
    shared_duty: bool = False
    open_ended: bool = False
    written: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(mention.name for mention in self.mentions)

    @property
    def leads(self) -> tuple[UnitMention, ...]:
        """The units marked as leading; empty when the cell marks none."""
        return tuple(mention for mention in self.mentions if mention.leads)

    @property
    def supporters(self) -> tuple[UnitMention, ...]:
        return tuple(mention for mention in self.mentions if mention.supports)

    def __bool__(self) -> bool:
        return bool(self.mentions)


class InlineDuty(NamedTuple):
    """A sentence and the duty that stood in brackets at its end."""

    work: str
    leads: UnitList
    supporters: UnitList


_EMPTY = re.compile(r"(?:无|没有|暂无|待定|[-—–－/\\|.。、，,;；\s])*")
_LABEL = re.compile(
    r"(?P<role>牵头|主办|汇总|责任|负责|承办|配合|协办|协同|协助|参与|参加)(?:责任)?(?:单位|部门|地区)?(?:及责任单位)?\s*[:：]\s*"
)
_ROLE_AFTER = re.compile(
    r"(?:\((?:为?)(?P<inner>牵头|主办|汇总|负责|配合|协办|协同|协助|参与)(?:单位|部门)?\)|"
    r"(?P<outer>(?:共同|联合|分别|具体)?(?:牵头(?:负责|组织|实施)?|主办|配合|协办|协同|协助|参与|负责(?:落实)?)))$"
)
_SHARED = re.compile(
    r"(?:(?:结合实际|根据实际)?(?:依照|依据|按照|根据|依|按)(?:各自)?(?:职责|职能)(?:分工)?|分工)(?:具体|分别|共同)?(?:负责|落实|配合|推进|实施|做好工作)*"
)
_TAIL_WORDS = re.compile(r"(?:结合实际(?:抓好)?(?:落实)?|抓好落实|具体落实|组织实施|落实)$")
_SERIALS = re.compile(r"[①-⑳]|(?:^|(?<=[\s、,，;；]))\(?\d{1,2}[.)](?!\d)")
_DUE = re.compile(r"(?:完成)?(?:时限|时间|期限)[:：].*")
_DATE_TAIL = re.compile(r"[\d年月日季度上下半旬底末初前内第一二三四。.;； ]*")
_OPEN = re.compile(
    r"等(?:\d+|[一二三四五六七八九十]+)?[个家]?(?:市级|区级|县级|省级)?(?:有关|相关)?(?:部门|单位|责任单位)?$"
)
_COLLECTIVE = re.compile(
    r"各|有关|相关|所有|全体|全市|全区|全县|全省|^(?:乡?镇街?(?:道|\(街道\))?|镇村|街镇|街道|部门|责任单位|牵头单位)$"
)

_LEVELS = "省市区县州盟旗"
# Words that begin with the character of a level and are not of one: 市场监管局, 区域合作办.
_NO_LEVEL = r"(?!中区|场监|场发|场局|政公|政工|政园|政设|容|民|域|块|划|间)"
_PREFIX = re.compile(
    rf"(?:国家|中央|(?P<own>[{_LEVELS}]){_NO_LEVEL}|(?P<place>[\u4e00-\u9fff]{{2,4}}?[{_LEVELS}]|[\u4e00-\u9fff](?<!区)县){_NO_LEVEL}(?!长))"
)
_PARTY = re.compile(r"(?P<party>.*?[省市区县州盟旗]委)(?!员|托)(?P<rest>.*)")
_PARTY_BODY = re.compile(
    r"(?:组织|宣传|统战|社会工作)部|政法委(?:员会)?|编办|网信办|老干部局|巡察办|财经办|党校|办公室|目督办|社工部|督查室|改革办"
)
# Who inherits a level: organs of a government. Companies, towns and park administrations have names of their own.
_ORGAN = re.compile(
    r"(?:局|委|厅|办|部|署|院|台|站|队|社|会|中心|办公室|委员会|支队|大队|分局|总局|总队|法院|检察院|馆|所|联|科协)$"
)
_OWN_NAME = re.compile(
    r"公司|集团|镇|街道|乡$|管委会|管理委员会|厂$|大学|学院|中学|小学|学校|医院|银行|商会|协会|指挥部|专班|村|社区|有限|合作社|项目部"
    r"|^人民|^国(?![土资库防税安有])|^中(?![心小医])|部队|开发区|园区|新区"
)
_FULL_NAME_END = re.compile(
    r"(?:局|委|厅|办|部|署|台|院|站|队|社|会|府|中心|处|室|组|司|集团|公司|街道|镇|乡|镇街|镇\(街道\)|镇\(街\)|单位|部门|专班|银行|学校|"
    r"牵头|负责|配合|协办|等|\))$"
)
_SEPARATOR = re.compile(r"[、,，;；/|\n\s。]")
_AND = re.compile(
    rf"(?<=[局委厅办])(?:以及|[及和与])|"
    rf"(?<=[部会心府院司道镇街门位])(?:以及|[及和与](?=各|有关|相关|其他|(?:[{_LEVELS}]){_NO_LEVEL}))"
)


def read_units(text: str | None) -> UnitList:
    """The units that a cell names, in order and without repeats, as `UnitList`.

    Takes any mixture of 、，,；;/ line breaks and spaces between full names (a break inside a name is mended),
    carries a level prefix on to the following organs, strips and reports 牵头, 配合, 按职责分工负责 and 等.
    An empty cell, 无, / or — gives an empty list.
    """
    written = clean_text(text or "")
    plain = to_half_width(written).replace("(含", "（含")
    plain = _SERIALS.sub("、", _unwrap(plain))
    if _EMPTY.fullmatch(plain):
        return UnitList(written=written)
    plain, shares = _SHARED.subn("、", plain)
    open_ended = False
    mentions: list[UnitMention] = []
    prefix = party = ""
    for token, role in _joint_levels(_tokens(plain)):
        name, mark = _strip_role(token)
        name, opened = _OPEN.subn("", name)
        open_ended = open_ended or bool(opened) or (mark != "" and bool(_OPEN.search(token)))
        name = _DUE.sub("", _TAIL_WORDS.sub("", name)).strip("、 :：")
        if not name or _EMPTY.fullmatch(name):
            continue
        written_name = _brackets(name)
        collective = bool(_COLLECTIVE.search(name))
        if not collective:
            full, prefix, party = _inherit(name, prefix, party)
        else:
            full = name
        leads, supports = ((mark or role) in words for words in (_LEAD_WORDS, _SUPPORT_WORDS))
        mentions.append(UnitMention(_brackets(full), written_name, collective, leads, supports))
    return UnitList(tuple(_without_repeats(mentions)), bool(shares), open_ended, written)


def split_inline(text: str) -> InlineDuty:
    """A sentence of a work plan into the work and the units in brackets at its end.

    "推进…建设。（区发改局牵头，区财政局、区规建局配合）" gives the work without the bracket, the leads and the
    supporters. Without the word 牵头 every unit that is not marked 配合 counts as lead, in the written order.
    A last bracket that names no duty stays part of the work, and both lists are empty.
    """
    cleaned = clean_text(text)
    plain = to_half_width(cleaned)
    end = plain.rfind(")") + 1
    if not _DATE_TAIL.fullmatch(plain, end):  # a date may follow the bracket, other words may not
        end = 0
    start = _opening(plain, end)
    inside = plain[start + 1 : end - 1] if start is not None else ""
    if start is None or not _is_duty(inside):
        return InlineDuty(cleaned, UnitList(), UnitList())
    units = read_units(cleaned[start + 1 : end - 1])
    marked = any(mention.leads for mention in units.mentions)
    leads = [m for m in units.mentions if m.leads or (not marked and not m.supports)]
    supporters = [m for m in units.mentions if m not in leads]
    work = (cleaned[:start].rstrip() + cleaned[end:]).strip()
    work = re.sub(r"([。；;.])[。；;.]+$", r"\1", work)
    return InlineDuty(
        work,
        replace(units, mentions=tuple(replace(mention, leads=True) for mention in leads)),
        replace(units, mentions=tuple(replace(mention, supports=True) for mention in supporters)),
    )


_LEAD_WORDS = {"牵头", "主办", "汇总"}
_SUPPORT_WORDS = {"配合", "协办", "协同", "协助", "参与", "参加"}
_DUTY = re.compile(r"牵头|负责|配合|协办|责任单位|主办|落实")


def _is_duty(inside: str) -> bool:
    if _DUTY.search(inside):
        return True
    names = [name for name in _SEPARATOR.split(inside) if name]
    return bool(names) and all(_ORGAN.search(name) or _OWN_NAME.search(name) for name in names)


def _opening(plain: str, end: int) -> int | None:
    """Where the bracket that closes at `end` opens."""
    if end < 1 or plain[end - 1] != ")":
        return None
    depth = 0
    for index in range(end - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(plain[index], 0)
        if depth == 0:
            return index
    return None


def _unwrap(plain: str) -> str:
    """Without one pair of brackets around the whole cell."""
    if plain.startswith("(") and _opening(plain, len(plain)) == 0:
        return plain[1:-1]
    return plain


def _tokens(plain: str) -> Iterator[tuple[str, str]]:
    """Names with the role that their label or the end of their clause gives them ('' for none)."""
    label = ""
    clause: list[str] = []
    for piece in _pieces(plain):
        if match := _LABEL.match(piece):
            yield from ((member, label) for member in clause)
            clause = []
            label = match["role"]
        name = piece[match.end() :] if match else piece
        clause.append(name)
        # "甲局、乙局牵头" marks both; "甲局(牵头)、乙局" only the one
        ending = _ROLE_AFTER.search(name)
        if ending and ending["outer"]:
            role = _role_word(ending["outer"])
            yield from ((member, label or role) for member in clause)
            clause = []
    yield from ((member, label) for member in clause)


def _pieces(plain: str) -> Iterator[str]:
    """The text cut at separators outside brackets; a break or space inside a name is closed up."""
    pieces: list[str] = []
    current = ""
    depth = 0
    text = _AND.sub("、", _LABEL.sub(lambda match: "、" + match[0].strip(), plain))
    for index, char in enumerate(text):
        depth = max(0, depth + {"(": 1, ")": -1}.get(char, 0))
        if depth or not _SEPARATOR.match(char):
            current += char
        elif char.isspace() and not _breaks_between(current, text[index + 1 :].lstrip()):
            continue
        else:
            pieces.append(current)
            current = ""
    pieces.append(current)
    return (piece.strip() for piece in pieces if piece.strip())


def _breaks_between(left: str, right: str) -> bool:
    """Whether white space separates two names, rather than the two halves of one."""
    if not _FULL_NAME_END.search(left):
        return False
    if right.startswith("("):
        return False
    # 区委 宣传部 is one body, 区委 区政府 are two
    return not (re.fullmatch(rf"[{_LEVELS}]委", left) and _PARTY_BODY.match(right))


def _joint_levels(tokens: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """市、区发改局 are the departments of both levels."""
    waiting: list[str] = []
    for token, role in tokens:
        if re.fullmatch(rf"[{_LEVELS}]", token):
            waiting.append(token)
            continue
        match = _PREFIX.match(token)
        rest = token[1:] if match and match["own"] else ""
        yield from ((level + rest, role) for level in waiting)
        yield token, role
        waiting = []
    yield from ((level, "") for level in waiting)


def _strip_role(token: str) -> tuple[str, str]:
    match = _ROLE_AFTER.search(token)
    if not match:
        return token, ""
    return token[: match.start()], _role_word(match["inner"] or match["outer"])


def _role_word(words: str) -> str:
    for word in ("牵头", "主办", "汇总", "配合", "协办", "协同", "协助", "参与"):
        if word in words:
            return word
    return "负责"


def _inherit(name: str, prefix: str, party: str) -> tuple[str, str, str]:
    """The name with its level, and the prefixes that the next name inherits."""
    if youth := re.match(rf"团([{_LEVELS}])委", name):  # 团区委 says its level in its middle
        return name, youth[1], ""
    own_name = _OWN_NAME.search(name)
    match = _PREFIX.match(name)
    if match and not (own_name and not match["own"]):
        level = match["own"] or match["place"] or ""
        body = _PARTY.match(name) if level else None
        named_party = body["party"] if body and body["rest"] and _PARTY_BODY.match(body["rest"]) else ""
        return name, level, named_party
    if own_name or not prefix or not _ORGAN.search(name):
        return name, prefix, party
    if party and _PARTY_BODY.fullmatch(name):
        return party + name, prefix, party
    return prefix + name, prefix, party


def _brackets(name: str) -> str:
    """Chinese brackets, as unit names are written."""
    return name.replace("(", "（").replace(")", "）")


def _without_repeats(mentions: Iterable[UnitMention]) -> list[UnitMention]:
    """The first mention of each name, with the marks of all of them; a lead repeated among supporters leads."""
    kept: dict[str, UnitMention] = {}
    for mention in mentions:
        first = kept.setdefault(mention.name, mention)
        leads = first.leads or mention.leads
        kept[mention.name] = replace(first, leads=leads, supports=not leads and (first.supports or mention.supports))
    return list(kept.values())
