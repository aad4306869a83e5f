"""A form sent twice takes effect once: `{% once %}` in the form, `@once` over the view.

The second request is led to where the first one was, whether it comes at the same moment (a double
click), later, or from the Back button; a refused form leaves nothing behind and may be sent again.
Programs say the same with the header `Idempotency-Key`: `answer_once`.
"""

from . import upkeep
from .models import Receipt
from .services import FIELD, HEADER, REPEATED, answer_once, new_mark, once

__all__ = ["FIELD", "HEADER", "REPEATED", "Receipt", "answer_once", "new_mark", "once", "upkeep"]
