"""The documents app."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    """Django's entry for this app."""

    name = "bihuan.documents"
    label = "documents"
    verbose_name = "单据"
