"""Every page of the program and who looks at it: what axe examines and what is photographed.

`chosen` names the pages worth telling apart by what they show, `steps` the page of every kind of open step, and
`others` asks every further address of the program, so a new page is visited without a line here. An address with
arguments that nobody gets an answer from fails: tests/trust/routes.py says what stands for its arguments, or a line in
`chosen` says who sees it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.test import Client

    from bihuan.kit.crud import Resource
    from bihuan.process.models import Case
    from tests.trust.conftest import City
    from tests.trust.routes import Route

STRANGER = ""
WITNESSES = ("admin", "zhao", "qian", "feng", STRANGER)
"""Who is asked for an address nobody has chosen, in this order: who runs the program, who does most of the work,
who decides, and who keeps the money."""
PAGE, REFUSED = "page", "refused"
"""What an address answers: anything else is a file, JSON, a part of a page, a way elsewhere, or not for GET."""
MISSING = "/cases/999999/"
"""What is not there answers a page as well."""


class UnseenError(Exception):
    """Addresses that answer a page to nobody."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One page: the name of its picture, who looks at it (a sign-in name) and its address."""

    name: str
    who: str
    path: str


def visits(share: int = 0, of: int = 1) -> list[Visit]:
    """All pages of the demo company, each once, or every `of`-th beginning with number `share`.

    Raises UnseenError naming the routes that show nobody anything.
    """
    told = chosen()
    told += steps({one.path for one in told})
    return told[share::of] + list(others({_view(one.path) for one in told}, share, of))


def furnish() -> None:
    """One row in the registers that the demo company leaves empty, so that their pages show something."""
    from datetime import timedelta

    from bihuan.catalogue.models import Product, StageChange
    from bihuan.kernel import clock
    from bihuan.kernel.actor import SYSTEM
    from bihuan.org import public as org

    today = clock.today()
    han, jiang = (org.Person.objects.get(username=name) for name in ("han", "jiang"))
    org.appoint_deputy(
        person=han, deputy=jiang, since=today, until=today + timedelta(days=4), by=SYSTEM, at=clock.now()
    )  # fmt: skip
    product = Product.objects.filter(stage="成熟期").order_by("pk")[0]
    paper = _plan().main_document
    source = {"document": paper, "company": paper.company, "unit": paper.unit}
    StageChange.objects.create(product=product, before="成长期", after="成熟期", at=clock.now(), **source)


def chosen() -> list[Visit]:
    """The pages whose pictures have a name of their own: some twice, where people see something different."""
    return [Visit(name, who, path) for name, (who, path) in (_entrance() | _work() | _records()).items()]


def _entrance() -> dict[str, tuple[str, str]]:
    return {
        "sign-in": (STRANGER, "/sign-in/"),
        "demo-people": (STRANGER, "/sign-in/demo/"),
        "inbox": ("qian", "/"),
        "inbox-author": ("zhao", "/"),
        "inbox-key-accounts": ("wang", "/"),
        "inbox-head": ("wu", "/"),
        "inbox-finance": ("feng", "/"),
        "inbox-empty": ("chen", "/"),
        "done": ("qian", "/done/"),
        "started": ("zhao", "/started/"),
        "copies": ("wu", "/copies/"),
        "drafts": ("zhao", "/drafts/"),
        "loop": ("qian", "/loop/"),
        "loop-stage": ("qian", "/loop/research/"),
        "search": ("qian", "/search/?q=diaoyan"),
        "search-nothing": ("qian", "/search/?q=%E6%97%A0%E6%AD%A4%E4%BA%8B"),
        "start": ("zhao", "/start/"),
        "not-found": ("zhao", MISSING),
    }


def _work() -> dict[str, tuple[str, str]]:
    return {
        "fill": ("zhao", _step("draft", "zhao", state="draft")),
        "answer-refusal": ("zhao", _task("智能运维", "zhao")),
        "prepare": ("zhao", _step("prepare", "zhao")),
        "assign": ("wu", _step("assign", "wu")),
        "collect": ("wang", _step("collect", "wang")),
        "check": ("zhao", _step("check", "zhao")),
        "report-review": ("qian", _step("review", "qian")),
        "improve-guide": ("zhao", _step("improve", "zhao")),
        "sales-own": ("xu", _step("own", "xu")),
        "carry": ("zheng", _step("carry", "zheng")),
        "approve": ("qian", _task("招标参数", "qian")),
        "budget": ("sun", _task("车辆空调维保", "sun")),
        "sign": ("li", _task("碳滑板", "li")),
        "cases": ("zhao", "/cases/"),
        "case": ("zhao", _case("碳滑板")),
        "case-returned": ("zhao", _case("智能运维")),
        "case-ended": ("qian", _case("门系统客户回访报告")),
        "case-promotion": ("qian", _opened_case("SC-003")),
        "case-sales": ("wu", _opened_case("SC-004")),
    }


def _records() -> dict[str, tuple[str, str]]:
    document = _document("海外地铁")
    return {
        "documents": ("zhao", "/documents/"),
        "document": ("zhao", document),
        "compare": ("zhao", f"{document}compare/"),
        "processes": ("zhao", "/processes/"),
        "process": ("zhao", "/processes/SC-001/"),
        "process-signed": ("zhao", "/processes/SC-004/"),
        "form": ("zhao", "/processes/forms/F-009/"),
        "ledger-accounts": ("feng", "/ledger/accounts/"),
        "ledger-entries": ("feng", "/ledger/entries/"),
        "products": ("zhao", "/catalogue/products/"),
        "stage-changes": ("zhao", "/catalogue/stage-changes/"),
        "facts": ("zhao", "/research/facts/"),
        "items": ("zhao", "/research/items/"),
        "targets": ("qian", "/strategy/targets/"),
        "postings": ("qian", "/postings/"),
        "hand-overs": ("admin", "/hand-overs/"),
        "word-templates": ("admin", "/documents/word/"),
        "tokens": ("qian", "/me/tokens/"),
        "api": ("qian", "/api-docs/"),
        "notices": ("qian", "/notices/"),
        "preferences": ("qian", "/notices/preferences/"),
        "password": ("qian", "/me/password/"),
        "packs": ("admin", "/packs/"),
        "pack": ("admin", "/packs/rail/"),
        "bindings": ("admin", "/org/bindings/"),
        "people": ("admin", "/org/people/"),
        "people-read-only": ("zhao", "/org/people/"),
        "units": ("admin", "/org/units/"),
        "positions": ("admin", "/org/positions/"),
        "calendar": ("admin", "/org/calendar-days/"),
        "jobs": ("admin", "/jobs/"),
    }


def _case(title: str) -> str:
    from bihuan.process.models import Case

    return f"/cases/{Case.objects.filter(title__contains=title).latest('pk').pk}/"


def _opened_case(process: str) -> str:
    """The first case of a process that another case opened."""
    from bihuan.process.models import Case

    found = Case.objects.filter(process_code=process).exclude(opener=None).order_by("pk")
    return f"/cases/{found.values_list('pk', flat=True)[0]}/"


def _task(title: str, name: str) -> str:
    from bihuan.process.models import Task

    found = Task.objects.filter(state="open", case__title__contains=title, person__username=name)
    return f"/tasks/{found.values_list('pk', flat=True)[0]}/"


def _step(node: str, name: str, **document: str) -> str:
    from bihuan.process.models import Task

    states = {f"document__{key}": value for key, value in document.items()}
    found = Task.objects.filter(state="open", node=node, person__username=name, **states).order_by("pk")
    return f"/tasks/{found.values_list('pk', flat=True)[0]}/"


def _document(title: str) -> str:
    from bihuan.documents.models import Document

    found = Document.objects.filter(title__contains=title).order_by("-id")
    return f"/documents/{found.values_list('pk', flat=True)[0]}/"


def steps(known: set[str]) -> list[Visit]:
    """One open task of every step of every process in every state of its document, but those known by address."""
    from bihuan.process.models import Task

    found: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    for task in Task.objects.filter(state="open").select_related("case", "document", "person").order_by("pk"):
        kind = (task.case.process_code, task.node, task.document.state)
        found.setdefault(kind, []).append((task.person.username, f"/tasks/{task.pk}/"))
    return [
        Visit(f"step-{process}-{node}-{state}".lower().replace("_", "-"), *tasks[0])
        for (process, node, state), tasks in found.items()
        if not known.intersection(path for _, path in tasks)
    ]


def _view(path: str) -> str:
    from django.urls import resolve

    return resolve(path.partition("?")[0]).view_name


def others(known: set[str], share: int, of: int) -> Iterator[Visit]:
    """The pages of routes that are not known yet, as the first witness sees them who is shown anything.

    What is not for GET, is a file, JSON, a part of a page or leads elsewhere shows itself by its answer.
    """
    from tests.trust.routes import address, register_of, routes

    clients = {name: _client(name) for name in WITNESSES}
    city, unseen = _city(), []
    for route in routes()[share::of]:
        register = register_of(route)
        if route.name in known or route.pattern.startswith("/api/") or (register and _lacks(register, route)):
            continue
        path = address(route, city)
        who, answer = _first_answer(clients, path)
        if answer == PAGE:
            yield Visit(route.name.removeprefix("crud:").replace(":", "-"), who, path)
        elif answer == REFUSED:
            unseen.append(f"{route.name} ({path})")
    if unseen:
        raise UnseenError(", ".join(unseen))


def _lacks(register: Resource[Any], route: Route) -> bool:
    """Whether the register has no such page for anybody, because its declaration leaves it out."""
    page = route.name.rpartition("-")[2]
    verb = {"new": "create", "edit": "change", "retire": "retire"}.get(page)
    if page in ("import", "template"):
        return register.imports is None
    if page == "options":
        return not any(one.is_reference for one in register.shapes.values())
    return verb is not None and not register.allows(verb)


def _client(name: str) -> Client:
    from django.test import Client

    from bihuan.org.models import Person
    from tests.trust.conftest import BACKEND

    client = Client(headers={"host": "localhost"})
    if name:
        client.force_login(Person.objects.get(username=name), backend=BACKEND)
    return client


def _first_answer(clients: dict[str, Client], path: str) -> tuple[str, str]:
    """The first witness who is not refused, and what he is shown."""
    from django.db import transaction

    for who, client in clients.items():
        with transaction.atomic():
            answer = client.get(path)
            transaction.set_rollback(True)  # looking leaves marks that something was read
        if answer.status_code in (401, 403, 404) or "/sign-in/" in answer.get("Location", ""):
            continue
        html = answer.status_code == 200 and answer["Content-Type"].startswith("text/html")
        return who, PAGE if html and b"<main" in answer.content else "other"
    return STRANGER, REFUSED


def _city() -> City:
    """What stands for the arguments of a route: the demo company's own plan, with its files and notices."""
    from bihuan.kit.files.models import File
    from bihuan.kit.notify.models import Notice
    from bihuan.org.models import Person
    from tests.trust.conftest import City

    file = File.objects.order_by("-pk").values_list("pk", flat=True)[0]
    author = Person.objects.get(username="zhao")
    notice = Notice.objects.filter(person=author.pk).latest("pk").pk
    plan = _plan()
    return City({"秘密": plan}, plan, file, notice, token=1, secrets={})


def _plan() -> Case:
    """The newest case that has been handed in and is still at work."""
    from bihuan.process.models import Case

    return Case.objects.filter(tasks__state="open", main_document__versions__isnull=False).latest("pk")
