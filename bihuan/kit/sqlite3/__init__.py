"""A database engine: Django's SQLite, with less work for every statement."""
