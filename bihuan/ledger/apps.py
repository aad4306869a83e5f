"""The ledger app: money reserved, committed and spent."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """Django's entry for this app."""

    name = "bihuan.ledger"
    label = "ledger"
    verbose_name = "资金账"

    def ready(self) -> None:
        """Offer the register `budget` and bring the menu."""
        from bihuan.ledger import connecting

        connecting.connect()
