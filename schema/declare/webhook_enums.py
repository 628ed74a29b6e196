"""The GraphQL enums of webhooks, with a description of each value for clients."""

from models import DeliveryCause, DeliveryState, EgressFailure, WebhookState, WebhookStop
from schema.declare.enums import gql_enum

__all__ = ["DeliveryCause", "DeliveryState", "EgressFailure", "WebhookState", "WebhookStop"]

gql_enum(
    WebhookState,
    "Whether events are sent to a webhook.",
    ACTIVE="Events are sent.",
    PAUSED="An admin has paused it. Events are sent from where it stopped when it is resumed.",
    STOPPED="The server has stopped it, for the reason in `stopReason`. An admin can resume it.",
)
gql_enum(
    WebhookStop,
    "Why the server stopped a webhook.",
    GONE="The receiver answered with 410 (Gone).",
    FAILING="The receiver has not accepted an event for almost three days.",
    OWNER="The owner may not have webhooks any more: they were removed, or lost the permission.",
    SECRET="A secret can't be read: the server has another secret key. Create the webhook anew.",  # noqa: S106
)
gql_enum(
    DeliveryCause,
    "Why something was sent to a webhook.",
    EVENT="An event happened.",
    RESEND="An admin had an event sent once more.",
    TEST="An admin had a test sent.",
)
gql_enum(
    DeliveryState,
    "What became of a delivery.",
    PENDING="It has not been accepted yet, and is tried again.",
    DELIVERED="The receiver accepted it.",
    FAILED="The receiver did not accept it, and it is not tried again.",
    WITHHELD="It was not sent, or not again, because the owner of the webhook may not view the event any more.",
)
gql_enum(
    EgressFailure,
    "Why a request to an address that an admin entered got no response.",
    URL_REFUSED="The URL is not allowed.",
    NO_PUBLIC_ADDRESS="The host name has no address, or one that is not public.",
    CONNECTION_FAILED="No connection could be opened, or it was lost.",
    TLS_FAILED="The certificate is not valid for the host name, or TLS failed otherwise.",
    PROXY_REFUSED="The proxy of the server refused the connection.",
    TIMED_OUT="There was no complete response within 15 seconds.",
    RESPONSE_INVALID="The response was not valid HTTP.",
    RESPONSE_TOO_LARGE="The response was too large.",
    BUSY="The server was too busy to send the request.",
)
