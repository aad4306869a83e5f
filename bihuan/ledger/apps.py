"""The ledger app: money reserved, committed and spent."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """Django's entry for this app."""

    name = "bihuan.ledger"
    label = "ledger"
    verbose_name = "资金账"
