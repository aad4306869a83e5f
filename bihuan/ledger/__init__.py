"""Money reserved, committed and spent."""
