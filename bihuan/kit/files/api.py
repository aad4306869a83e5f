"""The API of files: upload one, then name its id in a document; download what one may read."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Schema, Status

from bihuan.kernel import clock
from bihuan.kernel.errors import Invalid, text
from bihuan.kit.access import Scope, viewer_of
from bihuan.kit.crud.rest import add_router
from bihuan.kit.crud.rest_router import ApiRouter, actor_of, needs, refuse_unknown

from .services import drop_upload, keep, readable_file
from .views import file_response

router = ApiRouter(tags=["文件"])
_UPLOAD = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}


def register() -> None:
    """Called once when the kit is ready."""
    add_router("/files", router)


class Kept(Schema):
    """An upload."""

    id: int
    name: str
    size: int
    sha256: str


@router.post(
    "/", response={201: Kept}, summary="上传文件", openapi_extra=_UPLOAD,
)  # fmt: skip
@needs(Scope.PAPERS)
def upload(request: HttpRequest) -> Any:
    """Keep one file (part `file` of a form); unused it goes after two days."""
    found = request.FILES.get("file")
    if found is None or not found.name:
        raise Invalid(text("请选择要上传的文件"))
    return Status(201, keep(found, name=found.name, by=actor_of(request), at=clock.now()))


@router.get("/{int:file}/", summary="下载文件")
def download(request: HttpRequest, file: int) -> HttpResponseBase:
    """The content of a file one may read."""
    refuse_unknown(request, ())
    return file_response(readable_file(file, viewer_of(request)))


@router.delete("/{int:file}/", response={204: None}, summary="收回上传")
@needs(Scope.PAPERS)
def drop(request: HttpRequest, file: int) -> Any:
    """Drop an upload nobody uses yet."""
    drop_upload(file, by=actor_of(request))
    return Status(204, None)
