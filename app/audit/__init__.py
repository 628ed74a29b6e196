"""Checking the audit trail: whether what is stored is what was written, by nothing but the rows themselves."""
