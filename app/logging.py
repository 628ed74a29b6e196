"""Logs: one line per event on standard error, each with the id of the request that it belongs to."""

import logging
import logging.config

from app.http import request_id

FORMAT = "%(asctime)s %(levelname)-7s %(name)s [%(request_id)s] %(message)s"


class WithRequestId(logging.Filter):
    """Gives every record the field `request_id`."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, with its request's id."""
        record.request_id = request_id.current()
        return True


def configure(level: str = "INFO") -> None:
    """Sends the logs of all libraries to standard error, from `level` on. uvicorn's own access log stays silent:
    it prints query strings, and links of mails carry their token there; `app/http/access_log.py` takes its place."""
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
