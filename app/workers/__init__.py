"""Several server processes on one listening socket: how a supervisor starts, replaces and ends them.

    portico serve --workers 4

The command's process is the *supervisor*. It opens the socket, starts PostgreSQL if it is the embedded one, migrates
the database, and then starts the *workers*, each a server process of its own. They share the socket, so the kernel
gives each connection to one of them, and none is lost while one is replaced.

Imports: app.{background, database, policy, settings}.
"""
