"""Read replicas: which of them may be read from, and when a change has reached them.

A server process reads from a replica only while it holds a *lease* on it, a row of `replica_leases` in the primary
database, and a proof that the replica has everything that was committed before the lease began:

1. The process renews its lease, with a new random mark, and commits.
2. It then asks the primary for its position in the write-ahead log (WAL).
3. When the replica shows the mark, and has replayed the WAL up to that position, the process may read from it, until
   the lease ends: `lag` seconds after step 1 began, by the clock of the process.

Whoever changes something, in whatever process, asks after the commit for the position and for the leases that have not
ended, and answers when each of their replicas has replayed the position, or the lease has ended. So whatever was
changed before a read begins is seen by it, whichever process answers it. A lease that began after that question has a
position that includes the change.

Imports: the rest of app.database, and resolvers.
"""
