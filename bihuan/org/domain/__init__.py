"""Pure functions of the organisation."""
