"""The home app: what a person sees first."""

from django.apps import AppConfig


class HomeConfig(AppConfig):
    """Django's entry for this app."""

    name = "bihuan.home"
    label = "home"
    verbose_name = "首页"

    def ready(self) -> None:
        """Add the inbox and its neighbours to the menu."""
        from bihuan.home.connecting import connect

        connect()
