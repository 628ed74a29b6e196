"""The queries of the console's screens, as they are when a person opens, searches and chooses.

The documents are those of the built console, so what is measured is what its pages send.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from app.console.built_files import read_documents
from benchmarks.list_requests import Family, FilterSamples, ListRequest

NAME: Final = re.compile(r"\bquery (\w+)")

USERS: Final[Mapping[str, Any]] = {"first": 25, "orderBy": "NAME_ASC"}
USERS_IN_ORDER: Final[Mapping[str, Any]] = {"orderBy": "NAME_ASC"}
EARLIER: Final = "2026-06-01T00:00:00Z"
TABS: Final = ("isActivity", "isSessions", "isPast", "isOfContract", "isOfDelivery", "isOfServices")
NO_TAB: Final[Mapping[str, Any]] = dict.fromkeys(TABS, False) | {"at": EARLIER}
OF_ORGANIZATION: Final = {"audience": "ORGANIZATION"}
SERVICES: Final[Mapping[str, Any]] = {"first": 25, "orderBy": "CODE_ASC", "accounts": []}
NOTHING_SEARCHED: Final = {"contractSearch": "", "deliverySearch": ""}
NEW_USER: Final = {"audience": "ORGANIZATION", "contractAccounts": ["$ContractAccount"]}


EDITED_USER: Final[Mapping[str, Any]] = {
    "id": "$User",
    "isOpening": True,
    **NOTHING_SEARCHED,
    "templateSearch": "",
}

SEEN_ACCOUNT: Final = {"action": "VIEW", "on": "$ContractAccount"}


def _what_if(type_: str, change: str) -> Mapping[str, Any]:
    """The variables of a simulation about a row of the type."""
    changes = dict.fromkeys(("isMove", "isClosing", "isLeaving"), False) | {change: True}
    return {"on": f"${type_}", "to": f"${type_}", "ids": [f"${type_}"], **changes}


VARIABLES: Final[Mapping[str, Mapping[str, Mapping[str, Any]]]] = {
    "WhoAmI": {"who is signed in": {}},
    "Users": {
        "the list of users": {**USERS, "filter": OF_ORGANIZATION},
        "users of end customers": {**USERS, "filter": {"audience": "DELIVERY"}},
        "users, searched": {**USERS, "filter": {**OF_ORGANIZATION, "search": "$word"}},
        "users who have not signed in": {**USERS, "filter": {**OF_ORGANIZATION, "notSignedInForDays": 90}},
        "users by their last sign-in": {**USERS, "filter": OF_ORGANIZATION, "orderBy": "LAST_SIGN_IN_AT_DESC"},
    },
    "MatchingUsers": {"all users of a list": {**USERS_IN_ORDER, "filter": OF_ORGANIZATION}},
    "UserCard": {
        "a user": {"id": "$User", **NO_TAB},
        "a user's activity": {"id": "$User", **NO_TAB, "isActivity": True, "first": 25},
        "what a user had": {"id": "$User", **NO_TAB, "isPast": True, "isOfContract": True, "first": 10},
    },
    "EditedUser": {
        "the form of a user": {**EDITED_USER, "mayUpdate": True},
        "the form of a user, opened by a link": {**EDITED_USER, "mayUpdate": False},
        "a user as somebody else has saved them": {"id": "$User", "isOpening": False, "mayUpdate": False},
    },
    "EmailCheck": {"whether an email address is free": {"email": "nobody.yet@example.com"}},
    "PasswordStrength": {"how strong a password is": {"password": "correct horse battery staple"}},
    "AccessForm": {
        "the form of a new user": {**NOTHING_SEARCHED, "templateSearch": "", "hasTemplates": True, "input": NEW_USER},
        "the form of a template": {**NOTHING_SEARCHED, "hasTemplates": False, "input": NEW_USER},
    },
    "AccessOffer": {
        "what may be given": NOTHING_SEARCHED,
        "what may be given, searched": {"contractSearch": "$word", "deliverySearch": "$word"},
    },
    "PreviewedAccess": {
        "what a new user will see": {"input": NEW_USER},
        "what a user sees": {"input": {"user": "$User"}},
    },
    "ChangedAccess": {
        "what an edit changes": {"input": {"user": "$User", "contractAccounts": ["$ContractAccount"]}},
    },
    "RemovalLosses": {"what a removal takes away": {"input": {"user": "$User", "remove": True}}},
    "MailFate": {"the fate of an email": {"id": "$User"}},
    "AccessTemplates": {
        "access templates": {"first": 25, "filter": {}},
        "access templates, searched": {"first": 25, "filter": {"search": "$word"}},
    },
    "StoredTemplateAccess": {
        "what a template holds": {"id": "$AccessTemplate", "isOpening": False},
        "the form of a template to edit": {"id": "$AccessTemplate", "isOpening": True, **NOTHING_SEARCHED},
    },
    "TemplateOffer": {"templates to choose from": {"templateSearch": ""}},
    "Account": {"one's own account": {}},
    "OrganizationSettings": {"the settings": {}},
    "Provisioning": {"sign-in and provisioning": {}},
    "WhatProves": {"what proves who one is": {}},
    "NewUserTemplates": {"templates for people who sign in": {}},
    "SignInMethods": {"how somebody signs in": {"email": "nobody.yet@example.com"}},
    "DormantUsers": {"how many users have not signed in": {"days": 90}},
    "Accounts": {
        "accounts and their services": {"first": 10, "isDelivery": False},
        "accounts, searched": {"first": 10, "search": "$word", "isDelivery": False},
        "delivery accounts, searched": {"first": 10, "search": "$word", "isDelivery": True},
    },
    "ApiClients": {
        "API clients": {"first": 10, "filter": {"revoked": False}},
        "API clients, searched": {"first": 10, "filter": {"revoked": False, "search": "$word"}},
    },
    "AccessReviews": {"access reviews": {"first": 10}},
    "ReviewsOfOrganization": {"all access reviews": {"id": "$Organization", "first": 25}},
    "ReviewedAccess": {
        "an access review": {"id": "$AccessReview", "first": 25, "filter": {}, "named": []},
        "an access review, searched": {"id": "$AccessReview", "first": 25, "filter": {"search": "$word"}, "named": []},
    },
    "ReviewLosses": {
        "what a review takes away": {"input": {"user": "$User", "withoutAccounts": ["$ContractAccount"]}},
    },
    "ReviewFile": {"an access review as a file": {"id": "$AccessReview", "filter": {}}},
    "Services": {
        "services": {**SERVICES, "filter": {}},
        "services, searched": {**SERVICES, "filter": {"search": "$word"}},
    },
    "WhoCan": {
        "who can see an account": {**SEEN_ACCOUNT, "ids": ["$ContractAccount"], "user": "", "isExplained": False},
        "who can see an account, and why a user does": {
            **SEEN_ACCOUNT,
            "ids": ["$ContractAccount", "$User"],
            "user": "$User",
            "isExplained": True,
        },
    },
    "WhoHadAccess": {
        "who had an account": {
            "on": "$ContractAccount",
            "at": EARLIER,
            "isAsked": True,
            "isUnknown": False,
            "first": 10,
        },
    },
    "ExplainAccess": {"why a user sees an account": {"user": "$User", "action": "VIEW", "on": "$ContractAccount"}},
    "WhatIf": {
        "what if a service moves": {**_what_if("Service", "isMove"), "to": "$ContractAccount"},
        "what if an account closes": _what_if("ContractAccount", "isClosing"),
        "what if a user leaves": _what_if("User", "isLeaving"),
    },
    "PickedAccounts": {
        "accounts to choose from": {"search": ""},
        "accounts to choose from, searched": {"search": "$word"},
    },
    "PickedUsers": {"people to choose from": {"search": ""}, "people, searched": {"search": "$word"}},
    "Activity": {
        "the audit trail": {"first": 25, "filter": {}, "people": []},
        "what a user did": {"first": 25, "filter": {"actors": ["$User"]}, "people": ["$User"]},
    },
    # For staff only, and no lists.
    "AccessPolicy": {},
    "PolicyCheck": {},
    "PolicyDiff": {},
    "FindResources": {"anything by its name": {"search": "$word"}},
    "NamedResources": {},
    "Organizations": {"organizations": {"first": 25}, "organizations, searched": {"first": 25, "search": "$word"}},
    "Organization": {
        "an organization's services": {
            "id": "$Organization",
            "first": 25,
            "isContracts": False,
            "isDeliveries": False,
            "isServices": True,
            "contract": "",
            "delivery": "",
        },
    },
    "AccountsOfOrganization": {
        "accounts for a service": {"id": "$Organization", "contract": "", "delivery": ""},
    },
    "AccountsToGive": {"accounts to give on request": {}, "accounts to give, searched": {"search": "$word"}},
    "ApprovalGains": {
        "what an approval gives": {"input": {"user": "$User", "withAccounts": ["$ContractAccount"]}},
    },
    "AccessRequests": {"access requests": {"first": 25, "filter": {}}},
    "ActivityNews": {"news of the audit trail": {"first": 10, "filter": {}}},
}
"""The variables of each query, by what they ask for. `$Type` is the id of a row that the viewer sees, `$word` a
word of many names."""


def console_requests(samples: FilterSamples) -> Iterator[ListRequest]:
    """Every query of the built console, without those whose rows the viewer has none of; none if it is not built."""
    documents = {match[1]: text for text in read_documents().values() if (match := NAME.search(text))}
    for name, document in documents.items():
        for asked, variables in VARIABLES[name].items():
            filled = _filled(variables, samples)
            if filled is not None:
                yield ListRequest(asked, Family.CONSOLE, name, document, filled)


def _filled(value: Any, samples: FilterSamples) -> Any:
    """The value with the samples in it; None if a sample is missing."""
    if isinstance(value, Mapping):
        filled = {key: _filled(entry, samples) for key, entry in value.items()}
        return None if None in filled.values() else filled
    if isinstance(value, list):
        entries = [_filled(entry, samples) for entry in value]
        return None if None in entries else entries
    if isinstance(value, str) and value.startswith("$"):
        return samples.words.get("company") if value == "$word" else samples.ids.get(value[1:])
    return value
