"""The catalogue app: products and their prices."""

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    """Django's entry for this app."""

    name = "bihuan.catalogue"
    label = "catalogue"
    verbose_name = "产品目录"

    def ready(self) -> None:
        """Offer the register `product`, let fields refer to products, and bring the menu."""
        from bihuan.catalogue import connecting

        connecting.connect()
