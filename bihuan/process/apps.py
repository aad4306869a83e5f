"""The process app: work."""

from django.apps import AppConfig


class ProcessConfig(AppConfig):
    """Django's entry for this app."""

    name = "bihuan.process"
    label = "process"
    verbose_name = "流程"

    def ready(self) -> None:
        """Fill the slots that lower apps offer."""
        from bihuan.process.connecting import connect

        connect()
