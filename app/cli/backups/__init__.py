"""`portico backup`, `portico verify-backup` and `portico restore`."""
