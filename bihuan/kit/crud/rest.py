"""The REST twin of every register: `/api/<menu>/<name>/`, described at `/api/openapi.json`.

Same lists, same checks, same service functions as the screens. Signed in by session (writes need the
CSRF token) or by an access token. Rights are asked before the input is read; an unknown field or
parameter is 400.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar, cast

from django.db.models import Model
from django.http import HttpRequest, HttpResponse, JsonResponse, RawPostDataException
from ninja import NinjaAPI, Router, Schema, Status
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import create_model

from bihuan.kernel import clock
from bihuan.kernel.errors import DomainError, Invalid, text
from bihuan.kit.access import Scope, viewer_of
from bihuan.kit.crud import commands, entry
from bihuan.kit.crud.listing import page, parse
from bihuan.kit.crud.resource import Resource
from bihuan.kit.crud.rest_router import ApiRouter, Json, Strict, actor_of, needs, refuse_unknown
from bihuan.kit.crud.shape import Shape
from bihuan.kit.ui.errors import error_response, problem_of
from bihuan.kit.ui.problems import PROBLEMS_BY_STATUS, UNREADABLE

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
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


ABOUT = """Everything a person can do on the screens, for programs.

Sign in with `Authorization: Bearer <token>` (我的设置 / 访问令牌) or with a browser session and its CSRF
token. Send an `Idempotency-Key` with writes that must not happen twice. Errors are
`{"error": {"code", "message", "fields", "request_id"}}`.
"""
_added: dict[str, Router] = {}


def add_router(prefix: str, router: Router) -> None:
    """Add an app's own endpoints under `/api<prefix>`; call it in `AppConfig.ready()`."""
    _added[prefix] = router


def rest_api(resources: Iterable[Resource[Any]]) -> NinjaAPI:
    """The API: a router for each register, and those that apps have added."""
    api = NinjaAPI(
        title="闭环 Bihuan", version="1", description=ABOUT, urls_namespace="api", docs_url=None,
        openapi_url=None, parser=Json(),
    )  # fmt: skip
    api.add_exception_handler(HttpError, _on_unreadable)
    api.add_exception_handler(RawPostDataException, _on_unreadable)  # a form where JSON is wanted
    api.add_exception_handler(ValidationError, _on_invalid)
    api.add_exception_handler(DomainError, _on_domain_error)
    api.add_exception_handler(AuthenticationError, _on_signed_out)
    for resource in resources:
        api.add_router(f"/{resource.menu}/{resource.name}", _router(resource))
    for prefix, router in _added.items():
        api.add_router(prefix, router)
    api.add_router("", _description(api))
    return api


def _description(api: NinjaAPI) -> Router:
    """The endpoint that describes all others, by the OpenAPI standard."""
    router = ApiRouter()

    def openapi(request: HttpRequest) -> HttpResponse:
        refuse_unknown(request, ())
        return JsonResponse(described(api), json_dumps_params={"ensure_ascii": False})

    router.get("/openapi.json", include_in_schema=False, url_name="openapi")(openapi)
    return router


def described(api: NinjaAPI) -> dict[str, Any]:
    """All endpoints as an OpenAPI document."""
    found: dict[str, Any] = dict(api.get_openapi_schema(path_prefix="/api/"))
    return found


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
    router = ApiRouter(tags=[str(resource.model._meta.verbose_name_plural)])
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
        items = [_plain(resource, resource.readable(row, viewer)) for row in found.rows]
        return {"items": items, "total": found.total, "after": found.after, "before": found.before}

    def detail(request: HttpRequest, row: int) -> Any:
        refuse_unknown(request, ())
        viewer = viewer_of(request)
        return _plain(resource, resource.readable(resource.get(viewer, row), viewer))

    extra = {"parameters": _parameters(resource)}
    router.get(
        "/", response=page_schema, operation_id=f"{label}_list", summary="列表", openapi_extra=extra,
        description="A page of rows; `after` and `before` lead to its neighbours.",
    )(listing)  # fmt: skip
    router.get(
        "/{int:row}/", response=row_schema, operation_id=f"{label}_detail", summary="一条记录",
        description="One row with its stamp.",
    )(detail)  # fmt: skip


def _may(resource: Resource[Any], verb: str) -> Callable[[Endpoint], Endpoint]:
    """The right to a verb: the row visible (404), the register editable (403); asked before the input is read."""

    def right(request: HttpRequest, row: int | None = None) -> None:
        viewer = viewer_of(request)
        if row is not None:
            resource.get(viewer, row)
        resource.require_edit(viewer, verb)

    return needs(Scope.REGISTERS, right)


def _add_creating(
    router: Router, resource: Resource[Any], body_new: Any, row_schema: Any, label: str
) -> None:
    @_may(resource, "create")
    def create(request: HttpRequest, body: Any) -> Any:
        viewer = viewer_of(request)
        resource.require_edit(viewer, "create")
        values = entry.from_json(resource, body.dict(exclude_unset=True), viewer)
        made = commands.create(resource, values, by=actor_of(request), at=clock.now())
        return Status(201, _plain(resource, made))

    create.__annotations__["body"] = body_new
    router.post(
        "/", response={201: row_schema}, operation_id=f"{label}_create", summary="新建",
        description="Make a row.",
    )(create)  # fmt: skip


def _add_changing(
    router: Router, resource: Resource[Any], body_change: Any, row_schema: Any, label: str
) -> None:
    @_may(resource, "change")
    def change(request: HttpRequest, row: int, body: Any) -> Any:
        viewer = viewer_of(request)
        found = resource.get(viewer, row)
        given = body.dict(exclude_unset=True)
        stamp = given.pop("stamp")
        values = entry.from_json(resource, given, viewer, found)
        changed = commands.change(
            resource, row, values, viewer=viewer, stamp=stamp, by=actor_of(request), at=clock.now()
        )
        return _plain(resource, changed)

    change.__annotations__["body"] = body_change
    router.patch(
        "/{int:row}/", response=row_schema, operation_id=f"{label}_change", summary="修改",
        description="Change the fields given; 409 if `stamp` is not how the row stands.",
    )(change)  # fmt: skip


def _add_retiring(router: Router, resource: Resource[Any], label: str) -> None:
    @_may(resource, "retire")
    def retire(request: HttpRequest, row: int) -> Any:
        commands.retire(resource, row, viewer=viewer_of(request), by=actor_of(request), at=clock.now())
        return Status(204, None)

    router.delete(
        "/{int:row}/", response={204: None}, operation_id=f"{label}_retire", summary="停用或删除",
        description="Retire a row, or remove it where rows are not kept.",
    )(retire)  # fmt: skip
