"""Who may see what: the viewer, grants for single objects, and `require`."""

from .models import Grant
from .scopes import Scope, require_scope, scopes_of
from .services import grant_access, granted, granted_ids, grants_of, is_granted, revoke_access
from .viewer import NOBODY, Viewer, provide_viewer, require, require_visible, signed_in, viewer_of

__all__ = [
    "NOBODY",
    "Grant",
    "Scope",
    "Viewer",
    "grant_access",
    "granted",
    "granted_ids",
    "grants_of",
    "is_granted",
    "provide_viewer",
    "require",
    "require_scope",
    "require_visible",
    "revoke_access",
    "scopes_of",
    "signed_in",
    "viewer_of",
]
