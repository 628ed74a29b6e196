"""Backups: one file with a dump of the database, a manifest with checksums, and the secret key, encrypted.

    database.dump    what `pg_dump --format=custom` wrote
    secret-key       the secret key, encrypted with a passphrase; only if the operator gave one
    manifest.json    the version of the schema, the rows of each table, the ends of the audit chains, checksums
    manifest.hmac    the manifest's HMAC under the secret key: who doesn't have the key can't change a backup

The file is an uncompressed ZIP archive, so everything in it can be read without Portico.

Imports: app.audit, app.database, app.embedded, app.data_folder, migrations, models, resolvers.
"""
