"""The door of the packs app."""

from .calendars import import_calendars
from .checking import check_pack, check_source
from .domain.declared import Declared
from .domain.files import DemoFile, Due, Duty, PackFile, SlotEntry
from .domain.known import Known
from .domain.problems import Finding, KeyPath, PackErrors, Problem, nearest
from .domain.strict import findings_of, parser_of, schema_of
from .domain.tables import TableFile, TableHit
from .domain.yaml import Read, read_yaml
from .gates import after_install, before_effective
from .loading import PackSource, find_pack, load_pack, read_pack
from .models import PackRelease
from .organisation import build_organisation
from .queries import (
    current_releases,
    declared_settings,
    effective_release,
    known,
    latest_release,
    lookup_table,
    pack_is_on,
    pinned_release,
    release_by_id,
    setting,
    settings_for,
    slots_of,
    source,
    stages_of_processes,
    with_required,
)
from .readers import Entry, Reader, register_reader
from .services import change_setting, install_pack, make_effective, revoke_effective, switch_pack

__all__ = [
    "Declared",
    "DemoFile",
    "Due",
    "Duty",
    "Entry",
    "Finding",
    "KeyPath",
    "Known",
    "PackErrors",
    "PackFile",
    "PackRelease",
    "PackSource",
    "Problem",
    "Read",
    "Reader",
    "SlotEntry",
    "TableFile",
    "TableHit",
    "after_install",
    "before_effective",
    "build_organisation",
    "change_setting",
    "check_pack",
    "check_source",
    "current_releases",
    "declared_settings",
    "effective_release",
    "find_pack",
    "findings_of",
    "import_calendars",
    "install_pack",
    "known",
    "latest_release",
    "load_pack",
    "lookup_table",
    "make_effective",
    "nearest",
    "pack_is_on",
    "parser_of",
    "pinned_release",
    "read_pack",
    "read_yaml",
    "register_reader",
    "release_by_id",
    "revoke_effective",
    "schema_of",
    "setting",
    "settings_for",
    "slots_of",
    "source",
    "stages_of_processes",
    "switch_pack",
    "with_required",
]
