"""Targets per person, product and period."""
