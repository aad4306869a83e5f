"""Competitor facts and market intelligence."""
