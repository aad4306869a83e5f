"""The kit app."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class KitConfig(AppConfig):
    """Django's entry for this app."""

    name = "bihuan.kit"
    label = "kit"
    verbose_name = "框架"

    def ready(self) -> None:
        """Find the jobs of all apps, bring bell and job page to the shell, let labels speak every language."""
        from bihuan.kit import shell
        from bihuan.kit.language import translate_labels

        autodiscover_modules("jobs")
        shell.connect()
        translate_labels()
