"""The packs app."""

from django.apps import AppConfig


class PacksConfig(AppConfig):
    """Django's entry for this app."""

    name = "bihuan.packs"
    label = "packs"
    verbose_name = "流程包"
