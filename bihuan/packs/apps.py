"""The packs app."""

from django.apps import AppConfig


class PacksConfig(AppConfig):
    """Django's entry for this app."""

    name = "bihuan.packs"
    label = "packs"
    verbose_name = "流程包"

    def ready(self) -> None:
        """Register the readers of the files every pack may have, and the menu entry."""
        from django.utils.translation import gettext_lazy as _

        from bihuan.kit.ui.menu import menu
        from bihuan.org import public as org

        from . import api, own_files
        from .queries import pack_names
        from .views import is_admin

        own_files.register()
        api.register()
        org.name_packs(pack_names)
        menu.add("org", _("流程包"), "packs:list", "package", 60, visible=is_admin)
