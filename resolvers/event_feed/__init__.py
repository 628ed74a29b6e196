"""The feed of an organization's events: what webhooks send, read page by page at the reader's own pace.

    page = await read_events(work, FeedQuery(first=100, after=None, since=None, kinds=None, path="events"))

The feed is the audit trail (`read.py`), and a cursor is a sealed position in it (`position.py`). Numbers of the trail
are in the order of the commits, because the head of a chain stays locked until the commit. So nothing ever appears
before a position that was read, and a cursor at the end of the feed is good for what happens later.

Imports: authz, models, resolvers.{callers, transaction, types, encryption, errors}.
"""
