"""Work without a network: the service worker, the page it falls back to, and what it may keep (ADR 0018).

A view whose page a person may reopen without a network passes its response through `keep_offline`; the
service worker (`frontend/src/worker/`) keeps nothing else. Whether it may be kept is for the app that knows
what the page shows.
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from bihuan.kernel.errors import NotFound, text
from bihuan.kit.ui.http import Request, render_page

HEADER = "X-Keep-Offline"
"""Response header: the number of the person for whom the browser may keep this page."""
SOURCE = "src/worker/service-worker.ts"


def keep_offline(response: HttpResponse, person: int | None) -> HttpResponse:
    """Let the browser of this person keep the page for the rest of the day."""
    if person is not None:
        response.headers[HEADER] = str(person)
    return response


@require_GET
def service_worker(request: HttpRequest) -> HttpResponse:
    """The service worker of the bundle, at the root so that it reaches every page. Raises NotFound without a bundle."""
    bundle: dict[str, Any] = settings.DJANGO_VITE["default"]
    manifest = Path(bundle["manifest_path"])
    if bundle["dev_mode"] or not manifest.exists():
        raise NotFound(text("找不到这个页面"))
    response = HttpResponse(_script(manifest, manifest.stat().st_mtime_ns), content_type="text/javascript")
    response.headers["Service-Worker-Allowed"] = "/"
    response.headers["Cache-Control"] = "no-cache"
    return response


@lru_cache(maxsize=1)
def _script(manifest: Path, changed: int) -> str:
    """The built script; above it the bundle's mark, so that browsers see a new one, and the files to keep."""
    content = manifest.read_bytes()
    entries: dict[str, dict[str, Any]] = json.loads(content)
    worker = str(entries[SOURCE]["file"])
    files = {
        file
        for one in entries.values()
        for file in (one["file"], *one.get("css", ()), *one.get("assets", ()))
    }
    bundle = {
        "mark": hashlib.sha256(content).hexdigest()[:12],
        "files": [f"{settings.STATIC_URL}{file}" for file in sorted(files - {worker})],
    }
    return f"self.bundle={json.dumps(bundle)};\n{(manifest.parent / worker).read_text(encoding='utf-8')}"


@require_GET
def offline_page(request: Request) -> HttpResponse:
    """What someone without a network sees instead of a page that is not kept; lists the tasks that are."""
    response = render_page(request, "kit/offline.html", {"title": text("没有网络")})
    return keep_offline(response, request.actor.person)
