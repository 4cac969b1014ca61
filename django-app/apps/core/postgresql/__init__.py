"""A PostgreSQL backend that reads its credentials when it connects."""
