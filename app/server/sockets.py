"""Opens the sockets that a server listens on."""

import socket


def listening(host: str, port: int) -> socket.socket:
    """Returns a listening socket on this address; port 0 picks a free one. Raises OSError, whose message names the
    address."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise OSError(f"can't listen on {host}, port {port}: {error.strerror}") from error
