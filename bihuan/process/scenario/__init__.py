"""Scenarios: executable acceptance stories in YAML (formats.md, "Scenario")."""
