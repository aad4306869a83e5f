"""The strategy app: targets per person, product and period."""

from django.apps import AppConfig


class StrategyConfig(AppConfig):
    """Django's entry for this app."""

    name = "bihuan.strategy"
    label = "strategy"
    verbose_name = "营销目标"
