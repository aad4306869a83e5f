"""Who fills a slot, who is above, who stands in, who sees whom, which days are worked."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pytest

from bihuan.kernel import clock
from bihuan.kernel.actor import SYSTEM
from bihuan.kernel.errors import NotAllowed
from bihuan.kernel.secrecy import Secrecy
from bihuan.org import importing, queries, services
from bihuan.org.models import Holding, Person, Position, Unit
from bihuan.org.tests import make

pytestmark = pytest.mark.django_db


class Firm:
    """总经理 > 市场经理 (head of 产品市场部) > 专员; 赵 holds two posts."""

    def __init__(self) -> None:
        self.group, self.firm, self.department = make.company()
        self.top = make.position("gm", "总经理", self.firm)
        self.manager = make.position("mm", "市场经理", self.department)
        self.clerk = make.position("sp", "市场专员", self.department, self.manager)
        for unit, head in ((self.firm, self.top), (self.department, self.manager)):
            services.change_unit(unit=unit, head=head, by=SYSTEM, at=make.AT)
        self.qian = make.person("qian", "钱二", self.top)
        self.zhao = make.person("zhao", "赵一鸣", self.manager, self.clerk)
        self.sun = make.person("sun", "孙三", self.clerk)
        self.slot = make.slot("mkt_mgr", "市场经理")

    def bind(self, unit: Unit, position: Position) -> None:
        services.bind_slot(slot=self.slot, unit=unit, position=position, by=SYSTEM, at=make.AT)

    def holders(self, unit: Unit) -> list[Person]:
        return [seat.person for seat in queries.holders("mkt_mgr", unit.pk, make.AT)]


@pytest.fixture
def firm() -> Firm:
    return Firm()


def test_the_nearest_unit_with_bindings_wins(firm: Firm) -> None:
    assert firm.holders(firm.department) == []
    firm.bind(firm.group, firm.top)
    assert firm.holders(firm.department) == [firm.qian]
    firm.bind(firm.department, firm.manager)
    assert firm.holders(firm.department) == [firm.zhao]
    assert firm.holders(firm.firm) == [firm.qian]


def test_one_person_in_two_bound_positions_is_one_seat(firm: Firm) -> None:
    firm.bind(firm.firm, firm.manager)
    firm.bind(firm.firm, firm.clerk)
    assert sorted(person.name for person in firm.holders(firm.department)) == ["孙三", "赵一鸣"]


def test_holdings_count_only_in_their_time(firm: Firm) -> None:
    firm.bind(firm.firm, firm.clerk)
    day = make.AT.date()
    held = Holding.objects.get(person=firm.sun)
    for since, until, there in (
        (day, day, True),
        (day + timedelta(1), None, False),
        (None, day - timedelta(1), False),
    ):
        services.change_holding(holding=held, since=since, until=until, by=SYSTEM, at=make.AT)
        assert (firm.sun in firm.holders(firm.firm)) is there


def test_who_left_holds_nothing(firm: Firm) -> None:
    firm.bind(firm.firm, firm.top)
    services.close_person(person=firm.qian, by=SYSTEM, at=make.AT)
    assert firm.holders(firm.firm) == []


def test_unbound_slots_seen_from_a_unit(firm: Firm) -> None:
    outside = make.slot("printer", "印刷厂", external=True)
    codes = [firm.slot.code, outside.code]
    assert queries.unbound_slots(codes, firm.firm.pk) == [firm.slot]
    firm.bind(firm.group, firm.top)
    assert queries.unbound_slots(codes, firm.firm.pk) == []
    firm.slot.bindings.all().delete()
    firm.bind(firm.department, firm.manager)
    assert queries.unbound_slots(codes, firm.firm.pk) == [firm.slot]


def test_superiors_step_by_step(firm: Firm) -> None:
    def above(k: int) -> list[Person]:
        return [seat.person for seat in queries.superior_of(position_id=firm.clerk.pk, k=k, at=make.AT)]

    assert [above(k) for k in (1, 2, 3)] == [[firm.zhao], [firm.qian], []]
    assert queries.superior_of(person_id=firm.sun.pk, at=make.AT)[0].person == firm.zhao


def test_the_head_of_a_unit_without_one_is_that_of_the_unit_above(firm: Firm) -> None:
    team = make.unit("t", "一组", "team", firm.department)
    assert [seat.person for seat in queries.head_of(team.pk, make.AT)] == [firm.zhao]


def test_the_deputy_named_for_a_process_goes_first(firm: Firm) -> None:
    day = make.AT.date()
    for deputy, processes in ((firm.sun, []), (firm.qian, ["SC-001"])):
        services.appoint_deputy(
            person=firm.zhao, deputy=deputy, since=day, until=day, processes=processes, by=SYSTEM, at=make.AT
        )
    assert queries.deputy_for(firm.zhao.pk, "SC-001", make.AT) == firm.qian
    assert queries.deputy_for(firm.zhao.pk, "SC-002", make.AT) == firm.sun
    assert queries.deputy_for(firm.zhao.pk, "SC-002", make.AT + timedelta(days=1)) is None


def test_a_viewer_has_all_positions_and_sees_those_below(firm: Firm) -> None:
    viewer = queries.viewer_for(firm.zhao)
    assert viewer.positions == {firm.manager.pk, firm.clerk.pk}
    assert viewer.headed == {firm.department.path}
    assert viewer.inferiors == {firm.sun.pk}
    assert viewer.companies == {firm.firm.pk}
    assert viewer.clearance == Secrecy.CONFIDENTIAL
    assert queries.viewer_for(firm.qian).inferiors == {firm.zhao.pk, firm.sun.pk}
    clerk = queries.viewer_for(firm.sun)
    assert (clerk.inferiors, clerk.clearance) == (frozenset(), Secrecy.INTERNAL)


def test_an_actor_wears_the_main_or_a_held_position(firm: Firm) -> None:
    assert queries.actor_for(firm.zhao).position == firm.manager.pk
    assert queries.actor_for(firm.zhao, firm.clerk).position_name == "市场专员"
    with pytest.raises(NotAllowed):
        queries.actor_for(firm.sun, firm.top)


def test_calendars_are_imported_overridden_and_read_anew(firm: Firm) -> None:
    def take(content: str, unit: Unit | None = None) -> None:
        file = io.BytesIO(content.encode())
        report = importing.import_calendar(file=file, name="cn.csv", unit=unit, by=SYSTEM, at=make.AT)
        assert not report.problems

    take("date,type,name\n2026-10-01,off,国庆节\n2026-10-10,work,调休\n")
    take("date,type,name\n2026-10-01,work,国庆值班\n", firm.firm)
    national, own = date(2026, 10, 1), date(2026, 10, 10)
    assert not queries.calendar_for(firm.group.pk).is_workday(national)
    assert queries.calendar_for(firm.department.pk).is_workday(national)
    assert queries.calendar_for().is_workday(own)
    take("date,type,name\n2026-10-10,off,不调了\n")
    assert not queries.calendar_for().is_workday(own)
    assert queries.calendar_for(None, "daily").is_workday(own)
    assert queries.missing_years(date(2026, 11, 1)) == [2027]


def test_the_shipped_calendar_is_that_of_2026() -> None:
    from django.conf import settings

    path = settings.PACKS_DIR / "common" / "calendars" / "cn.csv"
    with path.open("rb") as file:
        importing.import_calendar(file=file, name=path.name, by=SYSTEM, at=clock.now())
    calendar = queries.calendar_for()
    shifted = [calendar.shift(date(2026, month, 26), "previous_workday").day for month in range(1, 13)]
    assert shifted == [26, 26, 26, 24, 26, 26, 24, 26, 24, 26, 26, 25]  # rules.md §15, day-26 test
