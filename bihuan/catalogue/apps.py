"""The catalogue app: products and their prices."""

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    """Django's entry for this app."""

    name = "bihuan.catalogue"
    label = "catalogue"
    verbose_name = "产品目录"
