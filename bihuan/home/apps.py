"""The home app."""

from django.apps import AppConfig


class HomeConfig(AppConfig):
    """Django's entry for this app."""

    name = "bihuan.home"
    label = "home"
    verbose_name = "首页"
