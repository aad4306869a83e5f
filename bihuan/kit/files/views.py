"""Uploading, downloading and previewing files."""

from __future__ import annotations

from django.http import FileResponse, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bihuan.kernel import clock
from bihuan.kernel.errors import Invalid, text
from bihuan.kit.access import signed_in, viewer_of
from bihuan.kit.ui.http import Request

from . import inspect
from .models import File
from .services import drop_upload, keep, open_file, readable_file

_ENVELOPE = 2**16
"""Bytes of a multipart request that are not the file."""


def file_url(file: File) -> str:
    """The address a file is downloaded from; it asks for the right anew each time."""
    return reverse("files:download", args=[file.pk])


def file_response(file: File, *, inline: bool = False) -> FileResponse:
    """Serve a file whose reader was checked: as a download, or in place for harmless types only.

    Nothing in it can run with our origin's rights: no sniffing, no scripts, no frames (trust.md A12).
    """
    show = inline and file.media_type in inspect.INLINE
    kind = f"{file.media_type}; charset=utf-8" if file.media_type.startswith("text/") else file.media_type
    response = FileResponse(open_file(file), as_attachment=not show, filename=file.name, content_type=kind)
    # Browsers refuse to show a PDF in a sandbox; without scripts and plug-ins it is harmless there.
    sandbox = "" if file.media_type == "application/pdf" and show else "sandbox; "
    policy = f"{sandbox}default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; media-src 'self'"
    response.headers["Content-Security-Policy"] = policy
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@require_POST
@signed_in
def upload(request: Request) -> HttpResponse:
    """Keep one uploaded file (field `file`); answers 201 with id, name, size and url as JSON."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > inspect.MAX_SIZE + _ENVELOPE:
        raise Invalid(text("文件超过20MB：{name}"), name="")
    found = request.FILES.get("file")
    if found is None or not found.name:
        raise Invalid(text("请选择要上传的文件"))
    file = keep(found, name=found.name, by=request.actor, at=clock.now())
    answer = {"id": file.pk, "name": file.name, "size": file.size, "url": file_url(file)}
    return JsonResponse(answer, status=201)


@require_http_methods(["GET", "HEAD", "DELETE"])
@signed_in
def download(request: Request, file_id: int) -> HttpResponseBase:
    """Send a file as a download; DELETE takes back one's own upload that is not used yet."""
    if request.method == "DELETE":
        drop_upload(file_id, by=request.actor)
        return HttpResponse(status=204)
    return file_response(readable_file(file_id, viewer_of(request)))


@require_GET
@signed_in
def preview(request: Request, file_id: int) -> HttpResponseBase:
    """Show a picture, PDF or text in the browser; everything else is a download."""
    return file_response(readable_file(file_id, viewer_of(request)), inline=True)
