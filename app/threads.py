"""The threads of an event loop, without a wait for them at its end."""

import asyncio
from concurrent.futures import ThreadPoolExecutor


class AbandonedThreads(ThreadPoolExecutor):
    """What still runs at the end is abandoned. `asyncio.run` would wait for it without a limit: for the check of a
    policy, which takes up to minutes, for a name server, or for a collector of traces that doesn't respond."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Ends the threads that have nothing to do. What has not begun is never begun."""
        del wait, cancel_futures
        super().shutdown(wait=False, cancel_futures=True)


def abandon_threads_at_the_end() -> None:
    """Lets the running event loop end without a wait for its threads. Whoever calls this must end the process by
    `os._exit`: the interpreter would wait for them, too."""
    asyncio.get_running_loop().set_default_executor(AbandonedThreads(thread_name_prefix="asyncio"))
