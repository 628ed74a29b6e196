"""The exceptions of backups."""


class BackupError(Exception):
    """A backup could not be made, read or restored; the message says why and what to do."""


class KeyNeeded(BackupError):
    """The backup has the secret key, but the passphrase is missing or wrong."""
