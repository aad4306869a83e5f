"""Inherited tests of a register: give a class some data and it proves every door of the Resource.

class TestOutlets(ResourceCase):
    resource = Outlets
    new = {"code": "S-4", "name": "南门店", "grade": "a"}
    change = {"name": "南门二店"}

    def rows(self) -> list[Outlet]: ...      # three different rows, saved
"""

# ruff: noqa: D102 - the name of a test says what it proves
from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bihuan.kit.audit import history
from bihuan.kit.crud import directory, stamp_of
from bihuan.kit.crud.resource import Resource
from bihuan.kit.io import read_rows

BACKEND = "django.contrib.auth.backends.ModelBackend"


def signed_in(**person: Any) -> Client:
    """A client of a new person with these attributes, signed in."""
    user_model = get_user_model()
    number = user_model._default_manager.count() + 1
    user = user_model(**{"username": f"tester{number}", "name": f"测试{number}", **person})
    user.set_unusable_password()
    user.save()
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


@pytest.mark.django_db
class ResourceCase:
    """Subclass it as `Test…`; override a test only where the register means something else."""

    __test__ = False
    resource: ClassVar[type[Resource[Any]]]
    new: ClassVar[Mapping[str, Any]]
    """Valid values of another row, references as rows' ids or as callables that give them."""
    change: ClassVar[Mapping[str, Any]]
    """Values that differ from the first row."""
    searched: ClassVar[str] = ""
    """A word that finds the first row only; empty: the text of its first search field."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Let pytest collect the subclass, not this class."""
        super().__init_subclass__(**kwargs)
        cls.__test__ = True

    rows: ClassVar[Callable[[Any], Sequence[models.Model]]]
    """The subclass's method that saves three rows which differ in every listed field, and what they refer to."""

    # -- what the tests stand on ---------------------------------------------------------------

    @pytest.fixture(autouse=True)
    def _data(self, db: None) -> None:
        found = directory.resource_of(self.resource.model)
        assert found is not None, "the Resource is not registered"
        self.register = found
        self.given = list(self.rows())
        self.admin = signed_in(is_admin=True)
        self.staff = signed_in()

    def values(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """`given` with callables called."""
        return {name: value() if callable(value) else value for name, value in given.items()}

    def posted(self, row: models.Model | None, given: Mapping[str, Any]) -> dict[str, Any]:
        """What the form of `row` would send with `given` typed in."""
        shapes = self.register.shapes
        shown = {name: shape.input_text(shape.current(row)) for name, shape in shapes.items()} if row else {}
        stamp = {"stamp": stamp_of(row, shapes.values())} if row else {}
        typed = {name: shapes[name].input_text(value) for name, value in self.values(given).items()}
        return {**shown, **typed, **stamp}

    def holds(self, row: models.Model, given: Mapping[str, Any]) -> bool:
        """Whether `row` holds `given`."""
        shapes = self.register.shapes
        return all(
            shapes[name].input_text(shapes[name].current(row)) == shapes[name].input_text(value)
            for name, value in self.values(given).items()
        )

    def fresh(self, row: models.Model) -> Any:
        """The row as the database has it now; None if it is gone."""
        return self.register.model._default_manager.filter(pk=row.pk).first()

    def newest(self) -> Any:
        """The row made last."""
        return self.register.model._default_manager.order_by("-pk").first()

    def count(self) -> int:
        """How many rows there are."""
        return self.register.model._default_manager.count()

    def skip_unless(self, verb: str) -> None:
        """Leave the test out where the register has no such verb."""
        if not self.register.allows(verb):
            pytest.skip(f"the register has no {verb}")

    @property
    def api(self) -> str:
        """Address of the REST twin."""
        return f"/api/{self.register.menu}/{self.register.name}/"

    # -- list ----------------------------------------------------------------------------------

    def test_list_shows_every_row(self) -> None:
        page = self.admin.get(self.register.url())
        assert page.status_code == 200
        for row in self.given:
            assert self.register.url("detail", row.pk) in page.content.decode()

    def test_every_filter_narrows(self) -> None:
        first = self.given[0]
        for name, shape in self.register.filter_shapes.items():
            value = shape.current(first)
            if value in (None, ""):
                continue
            ranged = name in self.register.filters.ranges
            text = str(value) if not ranged else f"{value:%Y-%m-%d}" if hasattr(value, "year") else str(value)
            query = {f"{name}_from": text, f"{name}_to": text} if ranged else {name: text}
            found = self.admin.get(self.api, query).json()["items"]
            ids = {item["id"] for item in found}
            assert first.pk in ids, name
            other = [row.pk for row in self.given if shape.current(row) != value]
            assert not ids & set(other), name

    def test_search_finds_the_row(self) -> None:
        if not self.register.search:
            pytest.skip("the register has no search")
        word = self.searched or str(getattr(self.given[0], self.register.search[0]))
        found = self.admin.get(self.api, {"q": word}).json()["items"]
        assert self.given[0].pk in {item["id"] for item in found}
        assert self.admin.get(self.api, {"q": "no such thing §"}).json()["total"] == 0

    def test_every_sort_pages_through_all_rows_both_ways(self) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(type(self.register), "page_size", 1)
            for name in (column.name for column in self.register.columns.values() if column.sort):
                for sort in (name, f"-{name}"):
                    there, last = self._walk({"sort": sort}, "after")
                    assert sorted(there) == sorted(set(there)), sort
                    assert set(there) >= {row.pk for row in self.given}, sort
                    back, _ = self._walk({"sort": sort, "before": last}, "before")
                    assert back == there[-2::-1], sort

    def _walk(self, query: dict[str, str], way: str) -> tuple[list[int], str]:
        """Ids of the rows met page by page, and the way back from the last page."""
        found: list[int] = []
        for _ in range(self.count() + 1):
            page = self.admin.get(self.api, query).json()
            found += [item["id"] for item in page["items"]]
            if not page[way]:
                break
            query = {**query, way: page[way]}
        return found, page["before"]

    def test_unknown_parameters_are_refused(self) -> None:
        for query in ({"password__startswith": "x"}, {"_connector": "OR"}, {"sort": "pk"}, {"after": "x"}):
            for address in (self.register.url(), self.register.url("export"), self.api):
                assert self.admin.get(address, query).status_code == 400, (address, query)

    def test_pages_cost_the_same_for_one_row_and_three(self) -> None:
        seen = type(self.register).visible_to
        first = self.given[0].pk
        for address in (self.register.url(), self.api):
            self._cost(address)
            three = self._cost(address)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(type(self.register), "visible_to", lambda *args: seen(*args).filter(pk=first))
                assert self._cost(address) == three, address

    def _cost(self, address: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert self.admin.get(address).status_code == 200
        return len(queries)

    # -- one row -------------------------------------------------------------------------------

    def test_detail_shows_the_row_and_its_history(self) -> None:
        self.skip_unless("change")
        row = self.given[0]
        self.admin.post(self.register.url("edit", row.pk), self.posted(row, self.change))
        page = self.admin.get(self.register.url("detail", row.pk)).content.decode()
        assert str(self.fresh(row)) in page
        assert "测试" in self.admin.get(self.register.url("history", row.pk)).content.decode()
        assert self.admin.get(self.register.url("detail", 10**9)).status_code == 404

    def test_create_by_form(self) -> None:
        self.skip_unless("create")
        assert self.admin.get(self.register.url("new")).status_code == 200
        answer = self.admin.post(self.register.url("new"), self.posted(None, self.new))
        made = self.newest()
        assert answer.status_code == 302, answer.context["problem"]
        assert self.holds(made, self.new)
        assert history(self.register.kind, made.pk)

    def test_required_fields_are_demanded(self) -> None:
        self.skip_unless("create")
        before = self.count()
        answer = self.admin.post(self.register.url("new"), {})
        assert answer.status_code == 422
        assert self.count() == before

    def test_edit_by_form(self) -> None:
        self.skip_unless("change")
        row = self.given[0]
        assert self.admin.get(self.register.url("edit", row.pk)).status_code == 200
        answer = self.admin.post(self.register.url("edit", row.pk), self.posted(row, self.change))
        assert answer.status_code == 302, answer.context["problem"]
        assert self.holds(self.fresh(row), self.change)
        changed = {change.field for change in history(self.register.kind, row.pk)[0].change_list}
        assert changed & set(self.change)

    def test_stale_edit_shows_both_and_changes_nothing(self) -> None:
        self.skip_unless("change")
        row = self.given[0]
        posted = {**self.posted(row, self.change), "stamp": "of another state"}
        answer = self.admin.post(self.register.url("edit", row.pk), posted)
        assert answer.status_code == 409
        assert "别人保存的是" in answer.content.decode()
        assert not self.holds(self.fresh(row), self.change)

    def test_retire(self) -> None:
        self.skip_unless("retire")
        row = self.given[-1]
        address = self.register.url("retire", row.pk)
        assert self.admin.get(address).status_code == 200
        assert self.admin.post(address).status_code == 302
        left = self.fresh(row)
        assert left is None or getattr(left, "retired_at", None) or not getattr(left, "is_active", True)
        assert history(self.register.kind, row.pk)

    # -- rights --------------------------------------------------------------------------------

    def test_strangers_get_nothing(self) -> None:
        assert Client().get(self.register.url()).status_code == 302
        assert Client().get(self.api).status_code == 401

    def test_staff_read_only_where_declared(self) -> None:
        readable = 200 if self.register.readers == "all" else 404
        for address in (self.register.url(), self.register.url("export"), self.api):
            assert self.staff.get(address).status_code == readable, address
        if self.register.editors == "all":
            return
        row = self.given[0]
        refused = 403 if readable == 200 else 404
        state = list(self.register.model._default_manager.order_by("pk").values())
        posts = [
            self.staff.post(self.register.url("new"), self.posted(None, self.new)),
            self.staff.post(self.register.url("edit", row.pk), self.posted(row, self.change)),
            self.staff.post(self.register.url("retire", row.pk)),
            self.staff.post(self.api, self.values(self.new), content_type="application/json"),
            self.staff.delete(f"{self.api}{row.pk}/"),
        ]
        allowed = {refused, 405} if self.register.allows("retire") else {refused, 404, 405}
        assert {answer.status_code for answer in posts} <= allowed
        assert list(self.register.model._default_manager.order_by("pk").values()) == state

    # -- files ---------------------------------------------------------------------------------

    def test_export_holds_exactly_the_list(self) -> None:
        answer = self.admin.get(self.register.url("export"), {"format": "xlsx"})
        rows = [row for _, row in read_rows(io.BytesIO(_content(answer)), "a.xlsx")]
        assert len(rows) == self.admin.get(self.api).json()["total"]
        csv = _content(self.admin.get(self.register.url("export"), {"format": "csv"}))
        assert len([row for _, row in read_rows(io.BytesIO(csv), "a.csv")]) == len(rows)

    def test_import_dry_run_then_take_then_nothing_left_to_do(self) -> None:
        content = self._import_file()
        before = self.count()
        checked = self.admin.post(self.register.url("import"), {"file": _upload(content)})
        assert (checked.status_code, self.count()) == (200, before)
        report = checked.context["report"]
        assert (report.created, len(report.refused)) == (1, 1), report.problems
        assert report.problems[0].row == 3
        taken = self.admin.post(
            self.register.url("import"), {"token": checked.context["token"], "action": "take"}
        )
        again = self.admin.post(self.register.url("import"), {"file": _upload(content)}).context["report"]
        assert self.count() == before + 1, taken.context["report"].problems
        assert (again.taken, again.unchanged) == (0, 1)
        assert self.holds(self.newest(), self.new)

    def test_refused_rows_come_back_as_a_file(self) -> None:
        checked = self.admin.post(self.register.url("import"), {"file": _upload(self._import_file())})
        answer = self.admin.post(
            self.register.url("import"), {"token": checked.context["token"], "action": "problems"}
        )
        rows = [row for _, row in read_rows(io.BytesIO(_content(answer)), "a.xlsx")]
        assert len(rows) == 1
        assert rows[0]["行号"] == 3
        assert rows[0]["错误"]

    def _import_file(self) -> str:
        """A CSV with the new row and a row that lacks everything required."""
        if self.register.imports is None:
            pytest.skip("the register has no import")
        shapes = [self.register.shapes[name] for name in self.new]
        values = self.values(self.new)
        cells = [self._cell(shape, values[shape.name]) for shape in shapes]
        bad = ["?" if shape.name in self.register.imports.keys else "" for shape in shapes]
        return "\n".join(",".join(line) for line in ([shape.label for shape in shapes], cells, bad))

    def _cell(self, shape: Any, value: Any) -> str:
        if shape.is_reference:
            target = shape.model_field.related_model._default_manager.get(pk=value)
            return str(
                next(getattr(target, key) for key in ("code", "username", "name") if hasattr(target, key))
            )
        return str(shape.plain(value)) if not isinstance(value, bool) else ("是" if value else "否")

    # -- REST ----------------------------------------------------------------------------------

    def test_rest_round(self) -> None:
        client, row = self.admin, self.given[0]
        item = client.get(f"{self.api}{row.pk}/").json()
        assert item["id"] == row.pk
        if self.register.allows("create"):
            made = client.post(self.api, _json(self.values(self.new)), content_type="application/json")
            assert made.status_code == 201, made.content.decode()
            assert self.holds(self.newest(), self.new)
        if self.register.allows("change"):
            body = {**_json(self.values(self.change)), "stamp": item["stamp"]}
            changed = client.patch(f"{self.api}{row.pk}/", body, content_type="application/json")
            assert changed.status_code == 200, changed.content.decode()
            assert (
                client.patch(f"{self.api}{row.pk}/", body, content_type="application/json").status_code == 409
            )
        if self.register.allows("retire"):
            assert client.delete(f"{self.api}{self.given[-1].pk}/").status_code == 204

    def test_rest_refuses_unknown_fields_and_missing_csrf(self) -> None:
        body = {**_json(self.values(self.new)), "id": 7, "is_superuser": True}
        if self.register.allows("create"):
            assert self.admin.post(self.api, body, content_type="application/json").status_code == 400
        strict = Client(enforce_csrf_checks=True)
        strict.cookies = self.admin.cookies
        before = self.count()
        answer = strict.post(self.api, _json(self.values(self.new)), content_type="application/json")
        assert answer.status_code in {401, 403, 405}
        assert self.count() == before

    def test_openapi_describes_it(self) -> None:
        paths = self.admin.get("/api/openapi.json").json()["paths"]
        assert self.api in paths


def _content(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def _upload(content: str) -> io.BytesIO:
    file = io.BytesIO(content.encode("utf-8-sig"))
    file.name = "rows.csv"
    return file


def _json(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in values.items()
    }
