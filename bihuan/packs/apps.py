"""The packs app."""

from django.apps import AppConfig


class PacksConfig(AppConfig):
    """Django's entry for this app."""

    name = "bihuan.packs"
    label = "packs"
    verbose_name = "流程包"

    def ready(self) -> None:
        """Register the readers of the files every pack may have."""
        from . import own_files

        own_files.register()
