"""Exports: everything that the database holds of an organization or a person, in one file that other programs can read.

    data/users.jsonl    the rows of one table, one JSON object per line, in the order of their keys
    manifest.json       what the file is, and of each table the rows, the columns, the SHA-256, and what is left out

The file is a ZIP archive.

Imports: app.backup, app.database, resolvers.data_protection, models, migrations.
"""
