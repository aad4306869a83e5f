"""The door of the documents app."""

from .definitions import definition_for, definition_of
from .domain.auto import auto_data
from .domain.checking import Findings
from .domain.compare import Difference
from .domain.definition import ColumnDefinition, FieldDefinition, FieldType, FormDefinition, RuleDefinition
from .domain.parsing import META, FormProblems, parse_form, shape_of
from .domain.rights import ALL, FILL, READ, Rights
from .domain.values import from_json, read_form, to_json
from .filling import draft_response, form_context, head_views, posted
from .handing import take_over_draft
from .keeping import check_unique, content_of, snapshot_of
from .lookups import DatabaseLookup, file_value
from .models import Document, DocumentField, DocumentVersion, Form, FormVersion, Reading, State, Urgency
from .offline import may_stay_offline
from .pages import compare, compared, read_context
from .queries import (
    KIND,
    PASSED,
    document_for,
    has_value,
    listed_for,
    may_read,
    newest_version,
    passed_documents,
    search_documents,
    seen_through,
    title_for,
    visible_to,
)
from .records import Record, Reference, head_of, plain, reference_of
from .registry import (
    Panel,
    ReferenceSource,
    Signing,
    add_panel,
    add_participants,
    add_reference,
    add_signings,
    on_document_event,
    reference_source,
)
from .rows import DOCUMENT_COLUMNS, DOCUMENT_SOURCE, DOCUMENT_WIDTH, document_of
from .services import (
    StaleDocument,
    change_state,
    create_document,
    erase_values,
    note_reading,
    preset_document,
    save_draft,
    submit_document,
    void_document,
    write_fields,
)
from .states import state_of

__all__ = [
    "ALL",
    "DOCUMENT_COLUMNS",
    "DOCUMENT_SOURCE",
    "DOCUMENT_WIDTH",
    "FILL",
    "KIND",
    "META",
    "PASSED",
    "READ",
    "ColumnDefinition",
    "DatabaseLookup",
    "Difference",
    "Document",
    "DocumentField",
    "DocumentVersion",
    "FieldDefinition",
    "FieldType",
    "Findings",
    "Form",
    "FormDefinition",
    "FormProblems",
    "FormVersion",
    "Panel",
    "Reading",
    "Record",
    "Reference",
    "ReferenceSource",
    "Rights",
    "RuleDefinition",
    "Signing",
    "StaleDocument",
    "State",
    "Urgency",
    "add_panel",
    "add_participants",
    "add_reference",
    "add_signings",
    "auto_data",
    "change_state",
    "check_unique",
    "compare",
    "compared",
    "content_of",
    "create_document",
    "definition_for",
    "definition_of",
    "document_for",
    "document_of",
    "draft_response",
    "erase_values",
    "file_value",
    "form_context",
    "from_json",
    "has_value",
    "head_of",
    "head_views",
    "listed_for",
    "may_read",
    "may_stay_offline",
    "newest_version",
    "note_reading",
    "on_document_event",
    "parse_form",
    "passed_documents",
    "plain",
    "posted",
    "preset_document",
    "read_context",
    "read_form",
    "reference_of",
    "reference_source",
    "save_draft",
    "search_documents",
    "seen_through",
    "shape_of",
    "snapshot_of",
    "state_of",
    "submit_document",
    "take_over_draft",
    "title_for",
    "to_json",
    "visible_to",
    "void_document",
    "write_fields",
]
