"""The process app."""

from django.apps import AppConfig


class ProcessConfig(AppConfig):
    """Django's entry for this app."""

    name = "bihuan.process"
    label = "process"
    verbose_name = "流程"
