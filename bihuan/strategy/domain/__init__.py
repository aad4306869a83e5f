"""Reading targets from papers. Pure: no database."""
