"""The research app: competitor facts and market intelligence."""

from django.apps import AppConfig


class ResearchConfig(AppConfig):
    """Django's entry for this app."""

    name = "bihuan.research"
    label = "research"
    verbose_name = "市场情报"

    def ready(self) -> None:
        """Offer the register `intel` and bring the menu."""
        from bihuan.research import connecting

        connecting.connect()
