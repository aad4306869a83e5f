"""The processes of a pack working together."""
