"""接口说明: the API's endpoints as a page, drawn by the server from the same description that programs read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe
from ninja import NinjaAPI

from bihuan.kit.access import signed_in
from bihuan.kit.crud.rest import described
from bihuan.kit.ui.http import render_page

_TONES = {"get": "blue", "post": "green", "patch": "orange", "delete": "red"}


@require_safe
@signed_in
def api_page(request: HttpRequest, api: NinjaAPI) -> HttpResponse:
    """All endpoints by subject, with what they take and give."""
    found = described(api)
    groups: dict[str, list[dict[str, Any]]] = {}
    for operation in _operations(found):
        groups.setdefault(operation["tag"], []).append(operation)
    context = {
        "title": gettext("接口说明"),
        "subtitle": gettext("程序可以做的，与页面上相同"),
        "groups": [(f"g{place}", tag, operations) for place, (tag, operations) in enumerate(groups.items())],
        "openapi_url": reverse("api:openapi"),
    }
    return render_page(request, "kit/crud/api.html", context)


def _operations(found: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    schemas = found.get("components", {}).get("schemas", {})
    for address, methods in found["paths"].items():
        for method, one in methods.items():
            body = one.get("requestBody", {}).get("content", {})
            yield {
                "tag": "、".join(one.get("tags", ())) or gettext("其他"),
                "method": method.upper(),
                "tone": _TONES.get(method, "secondary"),
                "address": address,
                "summary": gettext(one.get("summary", "")),
                "description": one.get("description", ""),
                "parameters": [
                    (given["name"], given["in"], _type(given["schema"]), bool(given.get("required")))
                    for given in one.get("parameters", ())
                ],
                "fields": list(_fields(body, schemas)),
            }


def _fields(body: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Name, type and whether it must be there, of every field of a body."""
    for content in body.values():
        schema = content["schema"]
        schema = schemas.get(str(schema.get("$ref", "")).rpartition("/")[2], schema)
        needed = schema.get("required", ())
        for name, one in schema.get("properties", {}).items():
            yield name, _type(one), name in needed


def _type(schema: Mapping[str, Any]) -> str:
    """A type in few words: string, integer, array of integer, string or null."""
    if "anyOf" in schema:
        return " / ".join(dict.fromkeys(_type(one) for one in schema["anyOf"]))
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    kind = str(schema.get("format") or schema.get("type", "any"))
    return f"{kind} ({_type(schema['items'])})" if "items" in schema else kind
