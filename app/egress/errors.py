"""Why a request got no response."""

from models import EgressFailure


class EgressError(Exception):
    """An outgoing request got no response that can be used. The message is the failure's name and nothing else: no
    address, and nothing that the other server sent."""

    def __init__(self, failure: EgressFailure) -> None:
        super().__init__(failure.value)
        self.failure = failure
