"""Data and a template in, a PDF out: in a process of its own, with a time limit and a memory limit."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext

from bihuan.kernel import clock
from bihuan.kernel.errors import DomainError, Invalid, text

PDF_TYPE = "application/pdf"
SECONDS = 30
"""How long a paper may take; a handbook of fifty processes takes a tenth of it."""
MEMORY = 2 * 2**30
"""Bytes of address space: the fonts and a few hundred pages take a quarter of it."""
MAX_INPUT = 16 * 2**20
MAX_OUTPUT = 64 * 2**20
_PRESS = Path(__file__).with_name("press.py")
_ROOT = Path(__file__).resolve().parents[2]
"""All templates lie in the package; nothing outside it can be read while a paper is made."""
_REGIONS = {"zh-hans": ("zh", "cn"), "zh-hant": ("zh", "hk"), "en": ("en", "gb")}
_UNSAFE = re.compile(r"""[\x00-\x1f\x7f\\/:*?"<>|]+""")


class PaperFailed(DomainError):  # noqa: N818 - named like the other domain errors
    """The paper could not be made; the log of the press says why."""

    status = 500
    code = "paper"


def render_pdf(template: Path, data: Mapping[str, Any], *, language: str = "zh-hans") -> bytes:
    """The PDF of a template of this program filled with data; the same input gives the same bytes.

    What people wrote travels as JSON only and is never read as typst. The template imports
    `/kit/paper/page.typ`, which reads from `data`: `title`, `mark` (top right, such as the secrecy),
    `left` (top left), `foot` (who printed it and when). The creation date is the clock's, to the minute.

    Raises Invalid where there is too much to print, PaperFailed where it takes more than SECONDS or
    MEMORY, or the fonts are missing.
    """
    code, region = _REGIONS.get(language.lower(), _REGIONS["zh-hans"])
    page = {"lang": code, "region": region, "pages": gettext("第{page}页 共{total}页")}
    given = json.dumps({"mark": "", "left": "", "foot": "", **data, **page}, ensure_ascii=False)
    if len(given) > MAX_INPUT:
        raise Invalid(text("内容太多，无法打印，请分开打印"))
    request = {
        "template": str(template.resolve()),
        "root": str(_ROOT),
        "fonts": str(_fonts()),
        "data": given,
        "timestamp": int(clock.now().replace(second=0, microsecond=0).timestamp()),
        "memory": MEMORY,
        "seconds": SECONDS,
    }
    return _pressed(request)


def _fonts() -> Path:
    folder = Path(settings.FONTS_DIR)
    if not any(folder.glob("*.ttf")):
        raise PaperFailed(text("缺少打印用的中文字体，请管理员运行make setup"))
    return folder


def _pressed(request: Mapping[str, Any]) -> bytes:
    """Run the press; it gets no environment, no terminal and nothing but this request."""
    command = [sys.executable, "-E", "-s", str(_PRESS)]
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and our own file
            command, input=json.dumps(request).encode(), capture_output=True, timeout=SECONDS, check=False, env={}
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise PaperFailed(text("打印超过{seconds}秒仍未完成，请分开打印"), seconds=SECONDS) from error
    if done.returncode or len(done.stdout) > MAX_OUTPUT:
        reason = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or [""]
        raise PaperFailed(text("打印失败：{reason}"), reason=reason[0][:300])
    return done.stdout


def safe_name(*parts: object, suffix: str) -> str:
    """A file name of these parts that every system takes, such as `SC-001 市场调研计划.pdf`."""
    name = _UNSAFE.sub(" ", " ".join(str(part) for part in parts if part))
    return f"{' '.join(name.split())[:120].strip(' .') or gettext('打印件')}{suffix}"


def pdf_response(content: bytes, name: str) -> HttpResponse:
    """A PDF to be opened in the browser, saved under `name`; never kept by caches."""
    response = HttpResponse(content, content_type=PDF_TYPE)
    response.headers["Content-Disposition"] = content_disposition(name, inline=True)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def content_disposition(name: str, *, inline: bool = False) -> str:
    """The header that names a file; letters outside ASCII are encoded."""
    return content_disposition_header(not inline, name) or "attachment"
