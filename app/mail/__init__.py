"""The mail worker: takes mails out of the outbox and sends them.

`worker.run` is the whole of it: `resolvers.outbox_queue` hands out what is due, `letter` writes it from the templates,
a `transport` (SMTP, or files where no server is configured) takes it away, and `retry` decides what comes after a
failure.
"""
