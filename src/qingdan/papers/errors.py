"""The one error of this package."""


class PaperError(Exception):
    """A paper that cannot be printed as asked: names the place, the reason and the remedy, in Chinese."""

    def __init__(self, place: str, reason: str, remedy: str) -> None:
        super().__init__(f"{place}：{reason}。{remedy}。")
        self.place = place
        self.reason = reason
        self.remedy = remedy
