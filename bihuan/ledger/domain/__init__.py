"""How money moves between the pots of an account. Pure: no database."""
