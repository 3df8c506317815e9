"""Every address of the site, found by reading the resolver."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern, RoutePattern


@dataclass(frozen=True)
class Address:
    """An address by its full name and the parameters that it takes."""

    name: str
    params: tuple[str, ...]
    route: str

    @property
    def id(self) -> str:
        return f"{self.name}({','.join(self.params)})" if self.params else self.name


def addresses() -> list[Address]:
    """All of them, sorted; an unnamed one raises, because nobody could review it in the table."""
    found = {address.id: address for address in _walk(get_resolver(), "", (), "")}
    return [found[key] for key in sorted(found)]


def _walk(resolver: URLResolver, namespace: str, params: tuple[str, ...], route: str) -> Iterator[Address]:
    for entry in resolver.url_patterns:
        here, more = route + str(entry.pattern), params + _params(entry)
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry, inner, more, here)
        elif isinstance(entry, URLPattern):
            assert entry.name, f"{here}: give this address a name, the rights table lists addresses by name"
            yield Address(f"{namespace}{entry.name}", more, here)


def _params(entry: URLPattern | URLResolver) -> tuple[str, ...]:
    pattern = entry.pattern
    if isinstance(pattern, RoutePattern):
        return tuple(pattern.converters)
    if isinstance(pattern, RegexPattern):
        return tuple(pattern.regex.groupindex)
    return ()
