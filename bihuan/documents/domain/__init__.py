"""Forms and their values as plain data; no Django here."""
