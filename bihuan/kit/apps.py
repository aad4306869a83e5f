"""The kit app."""

from django.apps import AppConfig


class KitConfig(AppConfig):
    """Django's entry for this app."""

    name = "bihuan.kit"
    label = "kit"
    verbose_name = "框架"
