"""Connections to PostgreSQL, its notifications, and the errors of an unavailable database. Imports: nothing of ours."""
