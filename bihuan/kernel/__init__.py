"""Pure values that every other part may use; no Django here."""
