"""The REST twin of every register: `/api/<menu>/<name>/`, described at `/api/openapi.json`.

Same lists, same checks, same service functions as the screens. Signed in by session, writes need the
CSRF token. An unknown field or parameter is 400.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from django.db.models import Model
from django.http import HttpRequest, HttpResponse, RawPostDataException
from ninja import NinjaAPI, Router, Schema, Status
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.parser import Parser
from ninja.security import django_auth
from pydantic import ConfigDict, create_model

from bihuan.kernel import clock
from bihuan.kernel.actor import Actor
from bihuan.kernel.errors import DomainError, Invalid, text
from bihuan.kit.access import viewer_of
from bihuan.kit.crud import commands, entry
from bihuan.kit.crud.listing import page, parse
from bihuan.kit.crud.resource import Resource
from bihuan.kit.crud.shape import Shape
from bihuan.kit.ui.errors import error_response, problem_of
from bihuan.kit.ui.problems import PROBLEMS_BY_STATUS, UNREADABLE

_TYPES: dict[str, Any] = {
    "ref": int,
    "bool": bool,
    "datetime": datetime,
    "date": date,
    "decimal": Decimal,
    "money": Decimal,
    "percent": Decimal,
    "int": int,
    "list": list[str],
}


class Strict(Schema):
    """A body in which an unknown field is an error."""

    model_config = ConfigDict(extra="forbid")


class Json(Parser):
    """Reads bodies, but not those nested without end or with characters that no database keeps."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body as data; raises HttpError 400 for anything that is no sound JSON."""
        try:
            found = json.loads(request.body)
            source = json.dumps(found, ensure_ascii=False)
            source.encode()
        except (ValueError, RecursionError) as error:
            raise HttpError(400, "JSON") from error
        if "\\u0000" in source:
            raise HttpError(400, "JSON")
        return found


_added: dict[str, Router] = {}


def add_router(prefix: str, router: Router) -> None:
    """Add an app's own endpoints under `/api<prefix>`; call it in `AppConfig.ready()`."""
    _added[prefix] = router


def rest_api(resources: Iterable[Resource[Any]]) -> NinjaAPI:
    """The API: a router for each register, and those that apps have added."""
    api = NinjaAPI(
        title="Bihuan", version="1", urls_namespace="api", auth=django_auth, docs_url=None, parser=Json()
    )
    api.add_exception_handler(HttpError, _on_unreadable)
    api.add_exception_handler(RawPostDataException, _on_unreadable)  # a form where JSON is wanted
    api.add_exception_handler(ValidationError, _on_invalid)
    api.add_exception_handler(DomainError, _on_domain_error)
    api.add_exception_handler(AuthenticationError, _on_signed_out)
    for resource in resources:
        api.add_router(f"/{resource.menu}/{resource.name}", _router(resource))
    for prefix, router in _added.items():
        api.add_router(prefix, router)
    return api


def _on_invalid(request: HttpRequest, error: Any) -> HttpResponse:
    unknown = [".".join(map(str, one["loc"][2:])) for one in error.errors if one["type"] == "extra_forbidden"]
    if unknown:
        return error_response(
            request, problem_of(DomainError(text("不认识的参数：{name}"), name="、".join(unknown)))
        )
    fields = {".".join(str(part) for part in one["loc"][2:]): [one["msg"]] for one in error.errors}
    return error_response(request, problem_of(Invalid(text("填写的内容有问题"), fields=fields)))


def _on_unreadable(request: HttpRequest, error: Any) -> HttpResponse:
    return error_response(request, PROBLEMS_BY_STATUS.get(getattr(error, "status_code", 400), UNREADABLE))


def _on_domain_error(request: HttpRequest, error: Any) -> HttpResponse:
    return error_response(request, problem_of(error))


def _on_signed_out(request: HttpRequest, error: Any) -> HttpResponse:
    return error_response(request, PROBLEMS_BY_STATUS[401])


def _actor(request: HttpRequest) -> Actor:
    return cast("Actor", request.actor)  # type: ignore[attr-defined]


def _schemas(resource: Resource[Any]) -> tuple[Any, Any, Any, Any]:
    """Body of a creation, body of a change, a row, a page of rows."""
    name = resource.model.__name__
    shapes = resource.shapes.values()
    new = {
        s.name: (_type(s), ...) if s.required and s.kind != "bool" else (_type(s) | None, None)
        for s in shapes
    }
    partial = {s.name: (_type(s) | None, None) for s in shapes}
    out = {s.name: (_type(s) | None, None) for s in shapes}
    body_new = create_model(f"{name}New", __base__=Strict, **cast("Any", new))
    body_change = create_model(f"{name}Change", __base__=Strict, stamp=(str, ...), **cast("Any", partial))
    row = create_model(f"{name}Row", __base__=Schema, id=(int, ...), stamp=(str, ...), **cast("Any", out))
    many = create_model(
        f"{name}Page",
        __base__=Schema,
        items=(list[row], ...),  # type: ignore[valid-type]
        total=(int, ...),
        after=(str, ""),
        before=(str, ""),
    )
    return body_new, body_change, row, many


def _type(shape: Shape) -> Any:
    return str if shape.choices else _TYPES.get(shape.kind, str)


def _plain(resource: Resource[Any], row: Model) -> dict[str, Any]:
    shapes = resource.shapes.values()
    return {"id": row.pk, "stamp": commands.stamp_of(row, shapes), **{s.name: s.current(row) for s in shapes}}


def _parameters(resource: Resource[Any]) -> list[dict[str, Any]]:
    names = ["q", "sort", "after", "before", "state", *resource.filters.parameters]
    return [{"in": "query", "name": name, "required": False, "schema": {"type": "string"}} for name in names]


def _router(resource: Resource[Any]) -> Router:
    router = Router(tags=[f"{resource.menu}/{resource.name}"])
    body_new, body_change, row_schema, page_schema = _schemas(resource)
    label = f"{resource.menu}_{resource.name}".replace("-", "_")
    _add_reading(router, resource, row_schema, page_schema, label)
    if resource.allows("create"):
        _add_creating(router, resource, body_new, row_schema, label)
    if resource.allows("change"):
        _add_changing(router, resource, body_change, row_schema, label)
    if resource.allows("retire"):
        _add_retiring(router, resource, label)
    return router


def _add_reading(
    router: Router, resource: Resource[Any], row_schema: Any, page_schema: Any, label: str
) -> None:
    def listing(request: HttpRequest) -> Any:
        viewer = viewer_of(request)
        resource.require_view(viewer)
        found = page(resource, parse(resource, request.GET), viewer)
        items = [_plain(resource, row) for row in found.rows]
        return {"items": items, "total": found.total, "after": found.after, "before": found.before}

    def detail(request: HttpRequest, row: int) -> Any:
        return _plain(resource, resource.get(viewer_of(request), row))

    extra = {"parameters": _parameters(resource)}
    router.get("/", response=page_schema, operation_id=f"{label}_list", openapi_extra=extra)(listing)
    router.get("/{int:row}/", response=row_schema, operation_id=f"{label}_detail")(detail)


def _add_creating(
    router: Router, resource: Resource[Any], body_new: Any, row_schema: Any, label: str
) -> None:
    def create(request: HttpRequest, body: Any) -> Any:
        viewer = viewer_of(request)
        resource.require_edit(viewer, "create")
        values = entry.from_json(resource, body.dict(exclude_unset=True), viewer)
        made = commands.create(resource, values, by=_actor(request), at=clock.now())
        return Status(201, _plain(resource, made))

    create.__annotations__["body"] = body_new
    router.post("/", response={201: row_schema}, operation_id=f"{label}_create")(create)


def _add_changing(
    router: Router, resource: Resource[Any], body_change: Any, row_schema: Any, label: str
) -> None:
    def change(request: HttpRequest, row: int, body: Any) -> Any:
        viewer = viewer_of(request)
        found = resource.get(viewer, row)
        resource.require_edit(viewer, "change")
        given = body.dict(exclude_unset=True)
        stamp = given.pop("stamp")
        values = entry.from_json(resource, given, viewer, found)
        changed = commands.change(
            resource, row, values, viewer=viewer, stamp=stamp, by=_actor(request), at=clock.now()
        )
        return _plain(resource, changed)

    change.__annotations__["body"] = body_change
    router.patch("/{int:row}/", response=row_schema, operation_id=f"{label}_change")(change)


def _add_retiring(router: Router, resource: Resource[Any], label: str) -> None:
    def retire(request: HttpRequest, row: int) -> Any:
        viewer = viewer_of(request)
        resource.get(viewer, row)
        resource.require_edit(viewer, "retire")
        commands.retire(resource, row, viewer=viewer, by=_actor(request), at=clock.now())
        return Status(204, None)

    router.delete("/{int:row}/", response={204: None}, operation_id=f"{label}_retire")(retire)
