"""The last resort at the end of a process: a thread that ends it, whatever it is doing."""

import logging
import os
import threading

log = logging.getLogger("portico.server")


def end_process_within(seconds: float) -> None:
    """End the process after this time, whatever it is doing."""

    def end() -> None:
        log.error("The server did not end within %g seconds: it is ended now.", seconds)
        logging.shutdown()
        os._exit(1)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
