"""The documents app."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    """Django's entry for this app."""

    name = "bihuan.documents"
    label = "documents"
    verbose_name = "单据"

    def ready(self) -> None:
        """Read form files of packs, own the files of documents, stand in the menu."""
        from . import connecting

        connecting.connect()
