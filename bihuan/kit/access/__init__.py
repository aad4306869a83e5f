"""Who may see what: the viewer, grants for single objects, and `require`."""

from .models import Grant
from .services import grant_access, granted, granted_ids, grants_of, is_granted, revoke_access
from .viewer import NOBODY, Viewer, provide_viewer, require, require_visible, signed_in, viewer_of

__all__ = [
    "NOBODY",
    "Grant",
    "Viewer",
    "grant_access",
    "granted",
    "granted_ids",
    "grants_of",
    "is_granted",
    "provide_viewer",
    "require",
    "require_visible",
    "revoke_access",
    "signed_in",
    "viewer_of",
]
