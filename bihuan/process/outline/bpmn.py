"""The door to BPMN 2.0: write a graph, read a file."""

from bihuan.process.outline.bpmn_foreign import Finding
from bihuan.process.outline.bpmn_names import lines_of
from bihuan.process.outline.bpmn_read import Imported, from_bpmn
from bihuan.process.outline.bpmn_write import to_bpmn

__all__ = ["Finding", "Imported", "from_bpmn", "lines_of", "to_bpmn"]
