"""`portico organization`, `portico user` and `portico erasures`: export, delete and erase data for the operator."""
