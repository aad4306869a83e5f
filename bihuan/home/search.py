"""Finding things: pages, processes to start, cases, documents, rows of registers, as far as the viewer may see them.

ADR 0017: words match anywhere in a name, its pinyin or its initials. The palette asks at every pause of typing, so it
looks through the newest rows of each kind only (a number typed in full is found at any age); the page /search/ looks
through all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language, gettext

from bihuan.documents import public as documents
from bihuan.kernel.actor import Actor
from bihuan.kernel.label import show
from bihuan.kit.access import Viewer, viewer_of
from bihuan.kit.crud import directory, listing
from bihuan.kit.ui.menu import menu
from bihuan.org import public as org
from bihuan.process import public as process

REACH = 20_000
"""How many of the newest rows of a table the palette looks through."""
LONGEST = 60
"""Characters of a search that count."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found: its name, small print, address and icon."""

    label: str
    note: str
    url: str
    icon: str


@dataclass(frozen=True, slots=True)
class Group:
    """What was found of one kind; `more` is the list that shows all of it, empty where there is none."""

    label: str
    hits: tuple[Hit, ...]
    more: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """One search: who asks for which words, how many of each kind, and whether every row counts."""

    request: HttpRequest
    words: str
    most: int
    everywhere: bool
    at: datetime

    @property
    def viewer(self) -> Viewer:
        """Who looks."""
        return viewer_of(self.request)

    @property
    def is_precise(self) -> bool:
        """Whether it is worth asking the database: two letters, or one character that is none."""
        return len(self.words) > 1 or not self.words.isascii()


def search(request: HttpRequest, words: str, *, most: int, everywhere: bool, at: datetime) -> list[Group]:
    """What fits `words`, by kind, at most `most` of each; kinds without a hit are left out.

    The number of queries depends on the registers installed, never on the rows in them.
    """
    asked = Asked(request, " ".join(words.split())[:LONGEST], most, everywhere, at)
    if not asked.words:
        return []
    groups = [_commands(asked)]
    if asked.is_precise:
        groups += [_cases(asked), _documents(asked), *_registers(asked)]
    return [group for group in groups if group.hits]


def fits(name: str, words: str) -> bool:
    """Whether every word stands in a name, its pinyin or its initials."""
    text = f"{name.lower()} {org.searchable(name)}"
    return all(word in text for word in words.lower().split())


def _commands(asked: Asked) -> Group:
    """Pages of the menu and processes one may start."""
    found = [*_pages(asked), *_starts(asked)]
    return Group(gettext("页面与操作"), tuple(found[: asked.most]))


def _pages(asked: Asked) -> Iterator[Hit]:
    for section in menu.sections(asked.request):
        for entry in section.entries:
            if fits(str(entry.label), asked.words):
                yield Hit(str(entry.label), str(section.label), entry.url, entry.icon)


def _starts(asked: Asked) -> Iterator[Hit]:
    language, verb = get_language() or "zh-hans", gettext("发起 {process}")
    by: Actor = asked.request.actor  # type: ignore[attr-defined]

    def wanted(code: str, names: Any) -> bool:
        return fits(verb.format(process=f"{code} {show(names, language)}"), asked.words)

    for code, names in process.offered_processes(by=by, at=asked.at, wanted=wanted, most=asked.most):
        name = show(names, language)
        yield Hit(verb.format(process=name), code, f"{reverse('process:start')}#{code}", "plus")


def _cases(asked: Asked) -> Group:
    rows = process.search_cases(_near(process.listed_cases(asked.viewer), asked), asked.words)
    found = rows.select_related("starter").order_by("-id")[: asked.most]
    return Group(
        gettext("流程实例"),
        tuple(
            Hit(
                case.title or case.number,
                f"{case.number} · {case.starter.name} · {case.outcome or case.get_state_display()}",
                reverse("process:case", args=[case.pk]),
                "route",
            )
            for case in found
        ),
        _list("process:cases", asked),
    )


def _documents(asked: Asked) -> Group:
    rows = documents.search_documents(_near(documents.listed_for(asked.viewer), asked), asked.words)
    found = rows.select_related("author").order_by("-id")[: asked.most]
    return Group(
        gettext("单据"),
        tuple(
            Hit(
                one.title or one.number,
                " · ".join(filter(None, (one.number, one.author.name, one.get_state_display()))),
                reverse("documents:document", args=[one.pk]),
                "file-text",
            )
            for one in found
        ),
        _list("documents:list", asked),
    )


def _registers(asked: Asked) -> Iterator[Group]:
    query = listing.Query(search=asked.words)
    for register in directory.resources():
        if register.search and register.may_view(asked.viewer):
            rows = listing.matching(register, query, asked.viewer)
            if not asked.everywhere:
                rows = _newest(rows)
            hits = _rows(register, rows.order_by("-pk")[: asked.most])
            yield Group(register.title, hits, f"{register.url()}?{urlencode({'q': asked.words})}")


def _rows(register: Any, rows: Iterable[Any]) -> tuple[Hit, ...]:
    return tuple(Hit(str(row), "", register.url("detail", row.pk), register.icon) for row in rows)


def _near(rows: QuerySet[Any], asked: Asked) -> QuerySet[Any]:
    """The rows a search looks through: all, or the newest and the one with exactly this number."""
    return rows if asked.everywhere else _newest(rows, Q(number=asked.words.upper()))


def _newest(rows: QuerySet[Any], other: Q | None = None) -> QuerySet[Any]:
    newest = Subquery(rows.model._default_manager.order_by("-pk").values("pk")[:1])
    near = Q(pk__gt=newest - REACH)
    return rows.filter(near | other if other else near)


def _list(url_name: str, asked: Asked) -> str:
    return f"{reverse(url_name)}?{urlencode({'q': asked.words})}"
