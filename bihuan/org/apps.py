"""The org app."""

from django.apps import AppConfig


class OrgConfig(AppConfig):
    """Django's entry for this app."""

    name = "bihuan.org"
    label = "org"
    verbose_name = "组织"
