"""The org app."""

from django.apps import AppConfig


class OrgConfig(AppConfig):
    """Django's entry for this app."""

    name = "bihuan.org"
    label = "org"
    verbose_name = "组织"

    def ready(self) -> None:
        """Tell the kit who looks, and bring menu entries and the person's own menu."""
        from bihuan.org import shell

        shell.connect()
