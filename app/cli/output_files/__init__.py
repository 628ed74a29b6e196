"""The files that commands write: archives, which are never replaced, and reports."""
