"""Configures logs: one line per event on standard error, each with the id of its request."""

import logging
import logging.config

from app.http import request_id

FORMAT = "%(asctime)s %(levelname)-7s %(name)s [%(request_id)s] %(message)s"


class WithRequestId(logging.Filter):
    """Adds the field `request_id` to every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Lets every record pass."""
        record.request_id = request_id.current()
        return True


def configure(level: str = "INFO") -> None:
    """Sends the logs of all libraries to standard error, from `level` up. uvicorn's own access log is off because it
    prints query strings, where links in mails carry their token; `app/http/access_log.py` replaces it."""
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "filters": {"request_id": {"()": WithRequestId}},
            "formatters": {"line": {"format": FORMAT}},
            "handlers": {
                "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["request_id"]},
            },
            "root": {"level": level, "handlers": ["stderr"]},
            "loggers": {
                "uvicorn.access": {"level": "CRITICAL", "propagate": False},
                "httpx": {"level": "WARNING"},
            },
        }
    )
