"""What the organisation adds to the shell of every page: menu group, person menu, the viewer."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bihuan.kernel.actor import Actor
from bihuan.kit.access import provide_viewer
from bihuan.kit.notify import provide_address, provide_workdays
from bihuan.kit.ui.context import provide
from bihuan.kit.ui.menu import menu
from bihuan.org import api
from bihuan.org.middleware import viewer_of_request
from bihuan.org.models import Person
from bihuan.org.queries import calendar_for, positions_of


def connect() -> None:
    """Fill the kit's slots; called once when the app is ready."""
    provide_viewer(viewer_of_request)
    provide_address(address_of)
    provide_workdays(lambda day: calendar_for().is_workday(day))
    provide("person_menu", person_menu)
    api.register()
    menu.group("org", _("组织与岗位"), "sitemap", 900)
    menu.add(
        "org",
        _("岗位绑定"),
        "org:bindings",
        "link",
        40,
        visible=lambda request: viewer_of_request(request).admin,
    )


def person_menu(request: HttpRequest) -> dict[str, Any]:
    """The menu behind a person's name: acting position, password, sign-out."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    # Who acts in no position holds none.
    positions = positions_of(actor.person) if actor.person and actor.position else []
    return {
        "sign_out_url": reverse("org:sign_out"),
        "switch_url": reverse("org:switch_position"),
        "positions": [
            {"id": one.pk, "label": f"{one.name}（{one.unit.name}）", "active": one.pk == actor.position}
            for one in positions
        ],
        "links": [
            {"label": gettext("修改密码"), "url": reverse("org:change_password"), "icon": "lock"},
            {"label": gettext("访问令牌"), "url": reverse("org:tokens"), "icon": "key"},
        ],
    }


def address_of(person: int) -> str | None:
    """The e-mail address of someone who still works here."""
    found = Person.objects.filter(pk=person, is_active=True).values_list("email", flat=True).first()
    return found or None
