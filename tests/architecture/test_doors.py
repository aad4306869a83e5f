"""Default deny: whoever has not signed in gets nowhere but to the pages listed here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

PUBLIC = {
    "org:sign_in": "the way in",
    "set_language": "who cannot read the sign-in page chooses a language first",
    "healthz": "load balancers ask it; true or false and no word more",
    "org:demo_sign_in": "404 unless the database was made as a demo and the asker sits at this machine",
}
EXAMPLES = {"int": "1", "str": "x", "slug": "x", "path": "x", "uuid": "00000000-0000-4000-8000-000000000000"}


def routes(
    patterns: list[URLPattern | URLResolver], prefix: str = "", space: str = ""
) -> Iterator[tuple[str, str]]:
    """Name and example address of every route."""
    for found in patterns:
        here = prefix + example(found)
        if isinstance(found, URLResolver):
            inner = f"{space}{found.namespace}:" if found.namespace else space
            yield from routes(found.url_patterns, here, inner)
        else:
            yield f"{space}{found.name or here}", here


def example(found: URLPattern | URLResolver) -> str:
    """The address of a route with something that fits in each gap."""
    assert isinstance(found.pattern, RoutePattern) or not str(found.pattern), f"{found.pattern}: path() only"
    text = str(found.pattern)
    for name, converter in found.pattern.converters.items():
        kind = type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")
        text = text.replace(f"<{kind}:{name}>", EXAMPLES[kind]).replace(f"<{name}>", EXAMPLES["str"])
    return text


ROUTES = sorted(set(routes(get_resolver().url_patterns)))


def test_there_are_routes() -> None:
    assert len(ROUTES) > 30
    assert {name for name, _ in ROUTES} >= set(PUBLIC)


@pytest.mark.django_db
def test_strangers_get_nowhere(client: Client) -> None:
    open_doors = []
    for name, address in ROUTES:
        for method in ("get", "post"):
            answer = getattr(client, method)(f"/{address}")
            asked_in = answer.status_code == 302 and "/sign-in/" in answer["Location"]
            if not asked_in and answer.status_code not in {401, 404} and name not in PUBLIC:
                open_doors.append(f"{method} {name} /{address}: {answer.status_code}")
    assert open_doors == []


@pytest.mark.django_db
def test_programs_are_told_401(client: Client) -> None:
    wrong = []
    for name, address in ROUTES:
        answer = client.get(f"/{address}", headers={"accept": "application/json"})
        if name not in PUBLIC and answer.status_code not in {401, 404}:
            wrong.append(f"{name} /{address}: {answer.status_code}")
    assert wrong == []


def test_addresses_do_not_collide() -> None:
    addresses = [address for _, address in ROUTES if not address.startswith("api/")]  # one a method there
    assert sorted({one for one in addresses if addresses.count(one) > 1}) == []
