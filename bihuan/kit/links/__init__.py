"""Typed links between records at fixed versions, followed in both directions."""

from .models import Link
from .services import Edge, Ref, link, links_from, links_of, links_to, unlink

__all__ = ["Edge", "Link", "Ref", "link", "links_from", "links_of", "links_to", "unlink"]
