"""The two kinds of accounts, with the tables, columns and fields of each."""

from dataclasses import dataclass
from typing import Final

from models.contract_account import ContractAccount
from models.delivery_account import DeliveryAccount
from models.grant import ContractGrant, DeliveryGrant


@dataclass(frozen=True, slots=True)
class AccountKind:
    """One kind of account: its table, the table of its grants, and the columns and fields named after it."""

    accounts: type[ContractAccount] | type[DeliveryAccount]
    grants: type[ContractGrant] | type[DeliveryGrant]
    key: str
    """The column of grants and services that holds the account's id."""
    all_flag: str
    """The column of users, and the field of inputs, that grants all accounts of this kind."""
    field: str
    """The field that lists accounts of this kind one by one."""


CONTRACT: Final = AccountKind(
    ContractAccount, ContractGrant, "contract_account_id", "all_contract_accounts", "contract_accounts"
)
DELIVERY: Final = AccountKind(
    DeliveryAccount, DeliveryGrant, "delivery_account_id", "all_delivery_accounts", "delivery_accounts"
)
ACCOUNT_KINDS: Final = (CONTRACT, DELIVERY)
