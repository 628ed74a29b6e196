"""The mail worker: takes mails out of the outbox and sends them.

`worker.run` is the entry point: `resolvers.outbox_queue` claims a due mail, `message` renders it from the templates, a
`transport` (SMTP, or files without a mail server) delivers it, and `retry` decides what follows a failure. Imports:
app.background, app.database, models, resolvers.
"""
