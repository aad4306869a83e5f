"""The press: reads one request from standard input, writes one PDF; knows nothing else of the program.

It runs as a process of its own, so that a paper that is too big for time or memory takes nobody with it.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import typst

SHOWN = 400
"""Letters of a message that are handed back."""


def limit(memory: int, seconds: int) -> None:
    """Bound memory (bytes) and computing time where the platform can."""
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def press(request: dict[str, Any]) -> bytes:
    """The PDF of a request; fonts are ours alone, so that it looks the same on every machine."""
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[request["fonts"]]
    )
    compiler = typst.Compiler(request["template"], root=request["root"], font_paths=fonts)
    content = compiler.compile(
        format="pdf", sys_inputs={"data": request["data"]}, timestamp=request["timestamp"]
    )
    if not isinstance(content, bytes):
        raise RuntimeError("no paper came out")
    return content


def main() -> None:
    """One request, one paper."""
    request = json.load(sys.stdin)
    limit(request["memory"], request["seconds"])
    try:
        content = press(request)
    except RuntimeError as error:
        sys.exit(" ".join(str(error).split())[:SHOWN])
    sys.stdout.buffer.write(content)


if __name__ == "__main__":
    main()
