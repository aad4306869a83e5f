"""A form sent twice takes effect once: `{% once %}` in the form, `@once` over the view.

The second request is led to where the first one was, whether it comes at the same moment (a double
click), later, or from the Back button; a refused form leaves nothing behind and may be sent again.
"""

from . import upkeep
from .models import Receipt
from .services import FIELD, new_mark, once

__all__ = ["FIELD", "Receipt", "new_mark", "once", "upkeep"]
