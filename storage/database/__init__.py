"""Transactions on SQLite and PostgreSQL, and what a process has to know of others."""
