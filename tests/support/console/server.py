"""A server of the console, in a thread of the test's own process: a browser reaches it by HTTP, and a test can stop it
and start it again at the same address."""

import socket
import threading
import time
from pathlib import Path
from typing import Any, Final

from app.application import Application, create_application
from app.server.server import Server, ServerConfig
from app.settings import Settings
from tests.support.paths import POLICY
from tests.support.resolver_fixtures import SECRET_KEY, rules

HOST: Final = "127.0.0.1"
PATIENCE: Final = 60.0
"""How long a server may take to start or to stop, in seconds."""


class ConsoleServer:
    """A server with the built console. Its mails are files in `data_dir`; `given` are more settings. It watches a
    policy file of its own."""

    def __init__(self, database_url: str, data_dir: Path, **given: Any) -> None:
        self.data_dir = data_dir
        self.database_url = database_url
        self._listener: socket.socket | None = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        self.address = f"http://{HOST}:{self.port}"
        self._policy = data_dir / POLICY.name
        self._policy.write_text(POLICY.read_text())
        self._settings = Settings(
            **{
                "database_url": database_url,
                "data_dir": data_dir,
                "host": HOST,
                "port": self.port,
                "secret_key": SECRET_KEY.decode(),
                "demo": True,
                "policy": self._policy,
                "policy_watch": True,
                **given,
            }
        )
        self._application: Application | None = None
        self._server: Server | None = None
        self._thread: threading.Thread | None = None

    def url(self, path: str = "") -> str:
        """The address of a page of the console, of which `path` is the part after `/console`."""
        return f"{self.address}/console{path or '/'}"

    def start(self) -> None:
        """Starts serving, and returns when requests are accepted."""
        self._application = create_application(self._settings, rules())
        config = ServerConfig(self._application, self._settings)
        listener = self._listener or socket.create_server((HOST, self.port))
        self._listener = None
        ready = threading.Event()
        self._server = Server(config, ready.set, exit_after_signal=False)
        self._thread = threading.Thread(target=self._server.run, args=([listener],), daemon=True)
        self._thread.start()
        assert ready.wait(PATIENCE), "the server did not start"

    def put_policy(self, text: str) -> None:
        """Saves another policy, and returns when it is in force."""
        assert self._application is not None, "the server is not running"
        file = self._application.state.policy_file
        taken = file.taken
        self._policy.write_text(text)
        deadline = time.monotonic() + PATIENCE
        while file.taken == taken:
            assert time.monotonic() < deadline, "the server did not take the policy"
            time.sleep(0.05)

    def stop(self) -> None:
        """Stops serving: nothing listens at the address then."""
        if self._listener is not None:
            self._listener.close()
        if self._server is None or self._thread is None:
            return
        self._server.should_exit = True
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), "the server did not stop"
        self._server = self._thread = None
