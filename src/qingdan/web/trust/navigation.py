"""The entries of this app in the side navigation."""


def register_all() -> None:
    pass
