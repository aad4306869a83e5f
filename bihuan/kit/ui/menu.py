"""The side menu: apps add groups and items in ``AppConfig.ready()``, the shell shows what fits.

``menu.group("crm", _("客户"), "users", 30)`` and
``menu.add("crm", _("客户档案"), "crm:customers", icon="building", order=10)``.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Group:
    """A heading of the menu."""

    code: str
    label: Text
    icon: str = "folder"
    order: int = 100


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the menu; ``visible`` and ``count`` are asked once a page."""

    group: str
    label: Text
    url_name: str
    icon: str = "point"
    order: int = 100
    url_kwargs: Mapping[str, str] = field(default_factory=dict)
    visible: Callable[[HttpRequest], bool] | None = None
    count: Callable[[HttpRequest], int] | None = None
    main: bool = False
    """Whether the item also stands in the bottom bar of phones (the first four do)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An item as one person sees it on one page."""

    label: Text
    url: str
    icon: str
    count: int
    active: bool
    main: bool


@dataclass(frozen=True, slots=True)
class Section:
    """A group with its visible entries."""

    code: str
    label: Text
    icon: str
    entries: tuple[Entry, ...]

    @property
    def active(self) -> bool:
        """Whether the present page stands in this group."""
        return any(entry.active for entry in self.entries)

    @property
    def count(self) -> int:
        """Open things in the whole group."""
        return sum(entry.count for entry in self.entries)


class Menu:
    """The registry behind the side menu."""

    def __init__(self) -> None:
        self._groups: dict[str, Group] = {}
        self._items: dict[tuple[str, str, tuple[tuple[str, str], ...]], Item] = {}

    def group(self, code: str, label: Text, icon: str = "folder", order: int = 100) -> None:
        """Name a group; saying it again replaces label, icon and order."""
        self._groups[code] = Group(code, label, icon, order)

    def add(
        self,
        group: str,
        label: Text,
        url_name: str,
        icon: str = "point",
        order: int = 100,
        *,
        url_kwargs: Mapping[str, str] | None = None,
        visible: Callable[[HttpRequest], bool] | None = None,
        count: Callable[[HttpRequest], int] | None = None,
        main: bool = False,
    ) -> None:
        """Add an item; the same address in the same group replaces the earlier one."""
        kwargs = dict(url_kwargs or {})
        item = Item(group, label, url_name, icon, order, kwargs, visible, count, main)
        self._items[(group, url_name, tuple(sorted(kwargs.items())))] = item

    def sections(self, request: HttpRequest) -> tuple[Section, ...]:
        """The menu for this person and page; groups without visible items are left out."""
        shown = [item for item in self._items.values() if item.visible is None or item.visible(request)]
        addresses = {id(item): reverse(item.url_name, kwargs=dict(item.url_kwargs) or None) for item in shown}
        current = _current(request.path, addresses.values())
        found: dict[str, list[Item]] = {}
        for item in sorted(shown, key=lambda item: item.order):
            found.setdefault(item.group, []).append(item)
        groups = sorted((self._group(code) for code in found), key=lambda group: group.order)
        return tuple(
            Section(
                group.code,
                group.label,
                group.icon,
                tuple(_entry(item, addresses[id(item)], current, request) for item in found[group.code]),
            )
            for group in groups
        )

    def _group(self, code: str) -> Group:
        return self._groups.get(code) or Group(code, code)


def _current(path: str, addresses: Iterable[str]) -> str:
    """The longest menu address the present path stands under."""
    under = [url for url in addresses if path == url or (url != "/" and path.startswith(url))]
    return max(under, key=len, default="")


def _entry(item: Item, url: str, current: str, request: HttpRequest) -> Entry:
    count = item.count(request) if item.count else 0
    return Entry(item.label, url, item.icon, count, url == current, item.main)


menu = Menu()
"""The one menu of the program."""
