"""THIRD-PARTY-NOTICES.md from the lock files: `python -m tests.architecture.notices` writes it anew."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib import metadata

from .sources import ROOT

FILE = ROOT / "THIRD-PARTY-NOTICES.md"
HEAD = """\
# Third-party notices

Bihuan is licensed under Apache-2.0 (see `LICENSE`). It runs with the libraries below, installed by their package
managers and not part of this repository; each comes with its licence text in its own package. What only development
and tests need is not listed. Made from the lock files by `make notices`.

## bpmn.io
`bpmn-js` and the libraries under it draw the process diagrams. Their licence is MIT with an added condition: the code
that displays the bpmn.io project watermark, which links back to the project's site, must not be removed or changed,
and the watermark must stay fully visible and not be overlapped by other elements. The pages keep the bottom right
corner of every diagram free for it.
"""
KNOWN = {
    "Apache Software": "Apache-2.0",
    "BSD": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "Python Software Foundation": "PSF-2.0",
    "component-props": "MIT",  # stated in its readme only
    "BSD-0-Clause": "0BSD",
    "SEE LICENSE IN LICENSE": "MIT with the bpmn.io watermark condition",
}
CLASSIFIER = re.compile(r"^License :: OSI Approved :: (.+?)(?: License)?$")


def python_rows() -> Iterator[tuple[str, str, str]]:
    """Name, version and licence of each Python library the program runs with on this system."""
    lock = (ROOT / "requirements" / "base.lock").read_text(encoding="utf-8")
    for name, version, marker in re.findall(r"^([\w.-]+)(?:\[[^]]*\])?==([\w.]+)( ;.*)?", lock, re.M):
        foreign = "win32" in marker or "Windows" in marker
        if not foreign and metadata.version(name) == version:  # a lock may hold one version for each Python
            yield name, version, python_licence(name)


def python_licence(name: str) -> str:
    """The licence a library states: as an expression, by classifiers or in a word or two."""
    about = metadata.metadata(name)
    if stated := about.get("License-Expression"):
        return str(stated)
    found = [
        KNOWN.get(hit[1], hit[1])
        for line in about.get_all("Classifier") or []
        if (hit := CLASSIFIER.match(line))
    ]
    text = (about.get("License") or "").strip()
    return " / ".join(found) or (text if 0 < len(text) < 60 else "see its package")


def npm_rows() -> Iterator[tuple[str, str, str]]:
    """Name, version and licence of each JavaScript library in the bundle."""
    packages = json.loads((ROOT / "frontend" / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    icons = "node_modules/@tabler/icons"  # used when building, but its drawings are in the bundle
    for place, row in sorted(packages.items()):
        if place and (
            place == icons or not (row.get("dev") or row.get("devOptional") or row.get("optional"))
        ):
            name = place.rpartition("node_modules/")[2]
            licence = row.get("license") or KNOWN.get(name, "see its package")
            yield name, row["version"], KNOWN.get(licence, licence)


def table(rows: Iterator[tuple[str, str, str]]) -> list[str]:
    """Markdown lines."""
    lines = ["| library | version | licence |", "|---|---|---|"]
    return lines + [f"| {name} | {version} | {licence} |" for name, version, licence in rows]


def notices() -> str:
    """The whole file."""
    parts = [HEAD, "## Python", *table(python_rows()), "", "## JavaScript", *table(npm_rows()), ""]
    return "\n".join(parts)


if __name__ == "__main__":
    FILE.write_text(notices(), encoding="utf-8")
