"""Names of BPMN 2.0 XML, and the one way its text is read."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from bihuan.kernel.errors import Invalid

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DD = "http://www.omg.org/spec/DD/20100524/DI"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
OURS = "urn:bihuan:bpmn"
SPACES = {"bpmn": BPMN, "bpmndi": DI, "dc": DC, "di": DD, "xsi": XSI, "bihuan": OURS}

MOST_BYTES = 5 * 1024 * 1024
MOST_NODES = 5000
_MOST_ELEMENTS = 200_000
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Element = Any
"""An lxml element; its stubs say too little to be of use."""


def tag(space: str, name: str) -> str:
    """A qualified name for lxml."""
    return f"{{{space}}}{name}"


def local(element: Element) -> str:
    """The name of a BPMN element; "" for comments and for other vocabularies."""
    if not isinstance(element.tag, str):
        return ""
    name = etree.QName(element)
    return str(name.localname) if name.namespace == BPMN else ""


def lines_of(data: bytes) -> dict[str, int]:
    """The line of each element of a BPMN file by id; {} where the file cannot be read."""
    try:
        root = read_xml(data)
    except Invalid:
        return {}
    return {element.get("id"): element.sourceline or 1 for element in root.iter() if element.get("id")}


def legal(text: str) -> str:
    """Text that may stand in XML and comes back from it unchanged."""
    return _ILLEGAL.sub("", text)


def read_xml(data: bytes) -> Element:
    """The root of a BPMN file, read without entities, network or DTD (trust.md A9).

    Raises Invalid where the file is too large, carries a DOCTYPE, or is no BPMN at all.
    """
    if len(data) > MOST_BYTES:
        raise Invalid("文件超过 {size} MB", size=MOST_BYTES // (1024 * 1024))
    if b"<!DOCTYPE" in data.replace(b"\0", b"").upper():  # also in UTF-16
        raise Invalid("流程图文件不得带 DOCTYPE")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root: Element = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Invalid("不是有效的 XML:{reason}", reason=str(error)) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise Invalid("流程图文件不得带 DOCTYPE")
    if root.tag != tag(BPMN, "definitions"):
        raise Invalid("不是 BPMN 2.0 文件")
    if sum(1 for _ in root.iter()) > _MOST_ELEMENTS:
        raise Invalid("流程图过大")
    return root
