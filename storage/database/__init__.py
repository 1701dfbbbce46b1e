"""Transactions on SQLite and PostgreSQL, and what a process must know about other processes."""
