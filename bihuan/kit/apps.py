"""The kit app."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class KitConfig(AppConfig):
    """Django's entry for this app."""

    name = "bihuan.kit"
    label = "kit"
    verbose_name = "框架"

    def ready(self) -> None:
        """Find the jobs of all apps, and bring bell and job page to the shell."""
        from bihuan.kit import shell

        autodiscover_modules("jobs")
        shell.connect()
