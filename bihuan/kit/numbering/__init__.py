"""Number series: patterns as data, unique and gapless under concurrency."""

from .models import NumberSeries
from .pattern import check_pattern
from .services import next_number

__all__ = ["NumberSeries", "check_pattern", "next_number"]
