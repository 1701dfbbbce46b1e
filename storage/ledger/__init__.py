"""The ledger of jobs, in SQL."""
