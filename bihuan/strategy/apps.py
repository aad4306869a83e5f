"""The strategy app: targets per person, product and period."""

from django.apps import AppConfig


class StrategyConfig(AppConfig):
    """Django's entry for this app."""

    name = "bihuan.strategy"
    label = "strategy"
    verbose_name = "目标"

    def ready(self) -> None:
        """Offer the register `target` and bring the menu."""
        from bihuan.strategy import connecting

        connecting.connect()
