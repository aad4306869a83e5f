"""Who does something."""

from __future__ import annotations

from dataclasses import dataclass

from bihuan.kernel.errors import NotAllowed, text


@dataclass(frozen=True, slots=True)
class Actor:
    """The person who acts and the hat worn while acting.

    `person` and `position` are ids; `deputy_for` is the person stood in for. The names are kept as
    they were at the time: records must stay readable when people have left. `through` names the
    access token of a program that acts in the person's stead, "" for the person himself.
    """

    person: int | None
    name: str
    position: int | None = None
    position_name: str = ""
    admin: bool = False
    deputy_for: int | None = None
    through: str = ""

    @property
    def someone(self) -> int:
        """The id of the person; raises NotAllowed for the program itself and for strangers."""
        if self.person is None:
            raise NotAllowed(text("这件事须由本人办理"))
        return self.person


SYSTEM = Actor(None, "系统")
