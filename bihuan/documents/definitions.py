"""The definitions behind form versions; parsed once a version and kept."""

from __future__ import annotations

from .domain.definition import FormDefinition
from .domain.parsing import parse_form
from .models import Document, FormVersion

_MOST = 2000
_parsed: dict[str, FormDefinition] = {}


def definition_of(version: FormVersion) -> FormDefinition:
    """What this form version asks. A version never changes, so its digest names the definition."""
    found = _parsed.get(version.digest)
    if found is None:
        if len(_parsed) >= _MOST:
            _parsed.clear()
        found = _parsed[version.digest] = parse_form(version.definition)
    return found


def definition_for(document: Document) -> FormDefinition:
    """What the form of a document asks."""
    return definition_of(document.form_version)
