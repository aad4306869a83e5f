"""Every route of the program with an address that leads to something real."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from bihuan.kit.crud import Resource, directory

from .conftest import City

METHODS = ("get", "post")
WRITING = ("patch", "delete")
"""Tried where a route is not for forms: the REST interface and single files."""


@dataclass(frozen=True, slots=True)
class Route:
    """One route by its full name, its pattern, and the methods it is tried with."""

    name: str
    pattern: str
    methods: tuple[str, ...]


def routes() -> list[Route]:
    """All routes, in the order of their names."""
    found: dict[tuple[str, str], Route] = {}
    for name, pattern in _walk(get_resolver().url_patterns, "/", ""):
        program = pattern.startswith("/api/") or name == "files:download"
        # The REST interface has one entry a method, all at the same address.
        key = pattern if pattern.startswith("/api/") else name
        found.setdefault((key, pattern), Route(key, pattern, METHODS + (WRITING if program else ())))
    return [found[key] for key in sorted(found)]


def register_of(route: Route) -> Resource[Any] | None:
    """The register whose page or API this is."""
    for one in directory.resources():
        if f"/{one.menu}/{one.name}/" in route.pattern:
            return one
    return None


def kind_of(route: Route, register: Resource[Any]) -> str:
    """What the matrix calls such a route of such a register: `page [readers/editors: verbs]`.

    Registers declared alike answer alike, so a new one needs no lines of its own.
    """
    verbs = [verb for verb in ("create", "change", "retire") if register.allows(verb)]
    verbs += ["import"] if register.imports is not None else []
    verbs += [] if any(one.is_reference for one in register.shapes.values()) else ["no references"]
    verbs += [] if register.model._default_manager.exists() else ["empty"]
    page = route.name.replace(f"{register.menu}-{register.name}-", "")
    page = page.replace(f"/{register.menu}/{register.name}/", "/<register>/")
    return f"{page} [{register.readers}/{register.editors}: {' '.join(verbs)}]"


def _walk(patterns: list[URLPattern | URLResolver], prefix: str, space: str) -> Iterator[tuple[str, str]]:
    for one in patterns:
        here = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _walk(one.url_patterns, here, f"{space}{one.namespace}:" if one.namespace else space)
        else:
            yield f"{space}{one.name or here}", here


def address(route: Route, city: City) -> str:
    """The route's address for the plan that zhao wrote and qian reviews, or for the register's first row."""
    text = route.pattern
    for mark, value in _fitting(route, city):
        text = text.replace(mark, str(value()))
    assert "<" not in text, f"{route.name}: say in tests/trust/routes.py what stands for {text}"
    return text


def _fitting(route: Route, city: City) -> Iterator[tuple[str, Callable[[], object]]]:
    from bihuan.org.models import Binding

    of_pack = route.name.startswith(("packs:", "/api/packs/")) or route.name == "process:print_pack"
    of_form = "word_template" in route.name or route.name == "process:form"
    code = "rail" if of_pack else "F-001" if of_form else "SC-001"
    yield "<int:task_id>", lambda: city.task(city.plan).pk
    yield "<int:case_id>", lambda: city.plan.pk
    yield "<int:document_id>", lambda: city.plan.main_document_id
    yield "<int:file_id>", lambda: city.file
    yield "<int:notice_id>", lambda: city.notice
    yield "<int:case>", lambda: city.plan.pk
    yield "<int:task>", lambda: city.task(city.plan).pk
    yield "<int:document>", lambda: city.plan.main_document_id
    yield "<int:version>", lambda: city.plan.main_document.versions.order_by("-id")[0].pk
    yield "<int:file>", lambda: city.file
    yield "<int:token_id>", lambda: city.token
    yield "<str:key>", lambda: "no.such.setting"
    yield "<int:binding>", lambda: Binding.objects.order_by("id").values_list("pk", flat=True)[0]
    yield "<int:job_id>", lambda: 1
    yield "<int:hand_over_id>", lambda: 1
    yield "<str:code>", lambda: code
    yield "<slug:code>", lambda: code
    yield "<slug:stage>", lambda: "research"
    yield "<str:name>", lambda: "sheet"
    yield "<str:to>", lambda: "any"
    register = register_of(route)
    if register is not None:
        rows = register.model._default_manager.order_by("pk")
        reference = next((name for name, one in register.shapes.items() if one.is_reference), "none")
        yield "<int:row>", lambda: getattr(rows.first(), "pk", 1)
        yield "<str:field>", lambda: reference
