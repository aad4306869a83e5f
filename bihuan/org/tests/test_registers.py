"""Every door of the organisation's registers."""

from __future__ import annotations

from datetime import date
from typing import Any

from bihuan.kit.testing.crud import ResourceCase
from bihuan.org.models import CalendarDay, Deputy, Holding, Person, Position, Unit
from bihuan.org.resources import CalendarDays, Deputies, Holdings, People, Positions, Units
from bihuan.org.tests import make


def _id(model: Any, **where: Any) -> Any:
    return lambda: model.objects.get(**where).pk


class TestUnits(ResourceCase):
    resource = Units
    new = {"code": "s", "name": "销售部", "kind": "department", "parent": _id(Unit, code="c")}
    change = {"name": "示例控股集团"}
    searched = "slJT"

    def rows(self) -> list[Unit]:
        return list(make.company())


class TestPositions(ResourceCase):
    resource = Positions
    new = {
        "code": "p4",
        "name": "市场专员",
        "unit": _id(Unit, code="d"),
        "superior": _id(Position, code="p1"),
    }
    change = {"name": "品牌经理", "superior": _id(Position, code="p2")}

    def rows(self) -> list[Position]:
        group, firm, department = make.company()
        top = make.position("p2", "总经理", firm)
        made = [make.position("p1", "市场经理", department), top, make.position("p3", "财务", group, top)]
        make.person("zhao", "赵一鸣", made[0])
        return made


class TestPeople(ResourceCase):
    resource = People
    new = {
        "username": "zhou",
        "name": "周四",
        "mobile": "13800000000",
        "joined_on": date(2026, 3, 1),
        "is_admin": False,
    }
    change = {"name": "赵一明", "email": "zhao@example.cn"}
    searched = "zym"

    def rows(self) -> list[Person]:
        made = [make.person("zhao", "赵一鸣"), make.person("qian", "钱二"), make.person("sun", "孙三")]
        Person.objects.filter(pk=made[0].pk).update(joined_on=date(2020, 1, 1), mobile="13900000000")
        made[0].refresh_from_db()
        return made


class TestHoldings(ResourceCase):
    resource = Holdings
    new = {
        "person": _id(Person, username="sun"),
        "position": _id(Position, code="p1"),
        "since": date(2026, 1, 1),
    }
    change = {"until": date(2026, 12, 31)}
    searched = "zym"

    def rows(self) -> list[Holding]:
        _, _, department = make.company()
        positions = [
            make.position(f"p{n}", name, department) for n, name in enumerate(("经理", "主管", "专员"), 1)
        ]
        people = [make.person("zhao", "赵一鸣"), make.person("qian", "钱二"), make.person("sun", "孙三")]
        for person, position in zip(people, positions, strict=True):
            make.services.hold_position(person=person, position=position, by=make.SYSTEM, at=make.AT)
        return list(Holding.objects.order_by("pk"))


class TestDeputies(ResourceCase):
    resource = Deputies
    new = {
        "person": _id(Person, username="sun"),
        "deputy": _id(Person, username="zhao"),
        "since": date(2026, 12, 1),
        "until": date(2026, 12, 5),
        "processes": ["SC-001"],
    }
    change = {"until": date(2026, 11, 30), "reason": "出差"}
    searched = "zym"

    def rows(self) -> list[Deputy]:
        people = [make.person("zhao", "赵一鸣"), make.person("qian", "钱二"), make.person("sun", "孙三")]
        return [
            make.services.appoint_deputy(
                person=person,
                deputy=deputy,
                since=date(2026, 11, day),
                until=date(2026, 11, day + 2),
                by=make.SYSTEM,
                at=make.AT,
            )
            for day, person, deputy in zip((3, 5, 7), people, people[1:] + people[:1], strict=True)
            if person != deputy
        ]

    def test_search_finds_the_row(self) -> None:
        found = self.admin.get(self.api, {"q": "zym"}).json()["items"]
        assert {item["id"] for item in found} == {self.given[0].pk, self.given[2].pk}


class TestCalendarDays(ResourceCase):
    resource = CalendarDays
    new = {"date": date(2026, 10, 1), "kind": "off", "name": "国庆节", "calendar": "cn"}
    change = {"name": "元旦节"}

    def rows(self) -> list[CalendarDay]:
        _, firm, _ = make.company()
        return [
            make.services.open_calendar_day(
                date=day, kind=kind, name=name, unit=unit, by=make.SYSTEM, at=make.AT
            )
            for day, kind, name, unit in (
                (date(2026, 1, 1), "off", "元旦", None),
                (date(2026, 1, 4), "work", "调休", None),
                (date(2026, 5, 1), "off", "劳动节", firm),
            )
        ]
