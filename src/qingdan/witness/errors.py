"""What a witness says when it cannot go on."""


class WitnessError(Exception):
    """A request, a folder or a setting that does not work; says where, why, and what to do."""

    def __init__(self, place: str, reason: str, remedy: str) -> None:
        self.place, self.reason, self.remedy = plain(place), plain(reason), remedy
        super().__init__(f"{self.place}: {self.reason}；{remedy}")


class Unreachable(WitnessError):
    """The log gave no usable answer. This is no evidence against anybody: the next round asks again."""


def plain(text: str) -> str:
    """The text with a mark for whatever cannot be printed: parts of it came from a log that nobody trusts."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
