"""Installing, revisions, releases in force, settings and tables."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from bihuan.kernel.errors import Invalid, NotAllowed, NotFound
from bihuan.kit import audit
from bihuan.org.models import Slot, Unit
from bihuan.packs import queries, services
from bihuan.packs.domain.problems import PackErrors
from bihuan.packs.loading import load_pack, read_pack
from bihuan.packs.models import PackRelease, Setting
from bihuan.packs.readers import Entry, Reader

from .conftest import ADMIN, AT, CLERK, PACK, SLOTS, TABLE, MakePack

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_readers")]


def _install(folder: Path, **options: Any) -> PackRelease:
    return services.install_pack(load_pack(folder), by=ADMIN, at=AT, **options)


def test_a_pack_with_problems_is_not_installed(make_pack: MakePack) -> None:
    folder = make_pack(files={"slots.yaml": SLOTS.replace("via: clerk", "via: nobody")})
    with pytest.raises(PackErrors) as caught:
        _install(folder)
    assert str(caught.value.problems[0]).startswith("slots.yaml:3: ext_printer.via: ")
    assert not PackRelease.objects.exists()
    assert not Slot.objects.exists()


def test_slots_come_with_it(make_pack: MakePack) -> None:
    _install(make_pack())
    printer = Slot.objects.get(code="ext_printer")
    assert (printer.external, printer.via, printer.pack) == (True, "clerk", "mini")
    assert Slot.objects.get(code="clerk").names == {"zh-Hans": "职员", "en": "Clerk"}


def test_the_same_content_is_the_same_release(make_pack: MakePack) -> None:
    first = _install(make_pack())
    again = _install(make_pack(files={"slots.yaml": "# only a comment\n" + SLOTS, "README.md": "x"}))
    assert (again.id, again.revision, again.state) == (first.id, 1, "draft")


def test_new_content_under_the_same_version_is_the_next_revision(make_pack: MakePack) -> None:
    first = _install(make_pack(), effective=True)
    second = _install(make_pack(files={"slots.yaml": SLOTS.replace("主管", "老板")}))
    assert (second.version, second.revision, second.state) == ("1.0.0", 2, "draft")
    assert Slot.objects.get(code="boss").names == {"zh-Hans": "老板"}
    assert queries.effective_release("mini") == first
    assert queries.latest_release("mini") == second


def test_a_release_in_force_makes_the_earlier_one_historic(make_pack: MakePack) -> None:
    first = _install(make_pack(), effective=True)
    second = _install(make_pack(files={"slots.yaml": SLOTS + "extra: {name: 新}\n"}))
    services.make_effective(second, by=ADMIN, at=AT)
    first.refresh_from_db()
    assert (first.state, second.state, second.effective_at) == ("historic", "effective", AT)
    verbs = {entry.verb for entry in audit.history("packs.release", second.id)}
    assert verbs == {"install", "effective"}
    services.make_effective(second, by=ADMIN, at=AT)
    assert PackRelease.objects.filter(state="effective").count() == 1


def test_required_packs_are_installed_first_and_pinned(make_pack: MakePack) -> None:
    make_pack("base", {"pack.yaml": PACK.replace("mini", "base"), "tables/amounts.yaml": None})
    folder = make_pack("user", {"pack.yaml": "code: user\nname: 用\nversion: 1.0.0\nrequires: [base]\n",
                                "slots.yaml": "seller: {name: 销售}\n", "tables/amounts.yaml": None})  # fmt: skip
    release = _install(folder, effective=True)
    base = queries.effective_release("base")
    assert base is not None
    assert release.requires == [{"pack": "base", "release": base.id, "digest": base.digest}]
    assert [one.pack.code for one in queries.with_required(release)] == ["user", "base"]
    assert set(queries.slots_of(release)) == {"boss", "clerk", "ext_printer", "seller"}

    changed = PACK.replace("mini", "base") + "note: 改\n"
    make_pack("base", {"pack.yaml": changed, "tables/amounts.yaml": None})
    assert _install(folder).revision == 2, "the same files with another required release are another release"


def test_a_required_pack_may_be_installed_only(make_pack: MakePack, tmp_path: Path) -> None:
    base = make_pack("base", {"pack.yaml": PACK.replace("mini", "base"), "tables/amounts.yaml": None})
    release = _install(base)
    base.rename(tmp_path.parent / f"{tmp_path.name}-away")
    folder = make_pack("user", {"pack.yaml": "code: user\nname: 用\nversion: 1.0.0\nrequires: [base]\n",
                                "slots.yaml": None, "tables/amounts.yaml": TABLE.replace("mini", "base")})  # fmt: skip
    assert _install(folder).requires == [{"pack": "base", "release": release.id, "digest": release.digest}]


def test_readers_install_in_their_order(make_pack: MakePack, own_readers: dict[Any, Reader]) -> None:
    seen: list[tuple[str, list[str]]] = []

    def reader(folder: str, order: int, *, released: bool = True) -> Reader:
        def install(_release: PackRelease, entries: list[Entry], **_who: Any) -> None:
            seen.append((folder, [entry.path for entry in entries]))

        return Reader(folder=folder, parse=lambda data: (data, []), gives=lambda value: {value["code"]: value},
                      install=install, order=order, released=released)  # fmt: skip

    own_readers["processes", (".yaml",)] = reader("processes", 40)
    own_readers["forms", (".yaml",)] = reader("forms", 30)
    own_readers["scenarios", (".yaml",)] = reader("scenarios", 99, released=False)
    files = {
        f"{kind}/{name}.yaml": f"code: {name}\n" for kind in ("processes", "forms") for name in ("a", "b")
    }
    _install(make_pack(files={**files, "scenarios/s.yaml": "code: s\n"}))
    assert seen == [
        ("forms", ["forms/a.yaml", "forms/b.yaml"]),
        ("processes", ["processes/a.yaml", "processes/b.yaml"]),
    ]


def test_a_release_gives_back_the_pack_it_was_installed_from(make_pack: MakePack) -> None:
    files = {"terms.csv": "词,级\n", "templates/a.docx": b"\x00\xff", "processes/P-1.bpmn": "<x/>"}
    source = load_pack(make_pack(files=files))
    release = services.install_pack(source, by=ADMIN, at=AT)
    kept = queries.source(release)
    assert kept.digest == source.digest == release.digest
    assert kept.pack == source.pack


def test_a_pack_is_on_until_a_unit_says_otherwise(
    make_pack: MakePack, company: Unit, department: Unit
) -> None:
    _install(make_pack())
    assert queries.pack_is_on("mini", department.id)
    services.switch_pack("mini", department, on=True, by=ADMIN, at=AT)
    services.switch_pack("mini", company, on=False, by=ADMIN, at=AT)
    assert queries.pack_is_on("mini", department.id)
    assert not queries.pack_is_on("mini", company.id)
    services.switch_pack("mini", department, on=False, by=ADMIN, at=AT)
    assert not queries.pack_is_on("mini", department.id)
    with pytest.raises(NotAllowed):
        services.switch_pack("mini", company, on=True, by=CLERK, at=AT)
    with pytest.raises(NotFound):
        services.switch_pack("nope", company, on=True, by=ADMIN, at=AT)


def test_settings_resolve_up_the_unit_tree(make_pack: MakePack, company: Unit, department: Unit) -> None:
    _install(make_pack())
    assert queries.setting("mini.limit", department.id) == Decimal(5000)
    services.change_setting("mini.limit", 100, unit=department, by=ADMIN, at=AT)
    services.change_setting("mini.limit", "8000", unit=company, by=ADMIN, at=AT)
    assert queries.setting("mini.limit", department.id) == Decimal(100)
    assert queries.setting("mini.limit", company.id) == Decimal(8000)
    assert queries.setting("mini.limit", None) == Decimal(5000)
    assert queries.settings_for(department.id) == {"mini": {"limit": Decimal(100), "mode": "a", "days": 90}}
    services.change_setting("mini.limit", None, unit=department, by=ADMIN, at=AT)
    assert queries.setting("mini.limit", department.id) == Decimal(8000)
    (entry, *_) = audit.history("packs.settings", company.id)
    assert entry.verb == "change"


@pytest.mark.parametrize(
    ("key", "value", "error"),
    [
        ("mini.limit", -1, "限额不能小于0"),
        ("mini.limit", "abc", "限额应为数字"),
        ("mini.limit", True, "限额应为数字"),
        ("mini.days", "1.5", "天数应为整数"),
        ("mini.days", "1e9", "天数不能大于365"),
        ("mini.mode", "c", "不在选项a、b中"),
    ],
)
def test_wrong_setting_values_are_refused(
    make_pack: MakePack, company: Unit, key: str, value: object, error: str
) -> None:
    _install(make_pack())
    with pytest.raises(Invalid) as caught:
        services.change_setting(key, value, unit=company, by=ADMIN, at=AT)
    assert error in caught.value.fields[key][0]
    assert not Setting.objects.exists()


def test_settings_need_an_administrator_and_a_known_key(make_pack: MakePack, company: Unit) -> None:
    _install(make_pack())
    with pytest.raises(NotAllowed):
        services.change_setting("mini.days", 1, unit=company, by=CLERK, at=AT)
    with pytest.raises(NotFound, match=r"mini.dais，是不是“mini.days”？"):
        services.change_setting("mini.dais", 1, unit=company, by=ADMIN, at=AT)
    with translation.override("en"), pytest.raises(NotFound) as caught:
        services.change_setting("mini.dais", 1, unit=company, by=ADMIN, at=AT)
    assert "did you mean “mini.days”?" in caught.value.text(translation.gettext)
    with pytest.raises(NotFound):
        queries.setting("mini.dais", company.id)


def test_the_first_true_row_of_a_table_wins_and_is_recorded(make_pack: MakePack) -> None:
    release = _install(make_pack())
    roots = {"setting": queries.settings_for(None)}

    def route(amount: int | None, *, outside: bool = False) -> tuple[int, Any]:
        inputs = {"amount": None if amount is None else Decimal(amount), "outside": outside}
        hit = queries.lookup_table("amounts", inputs, release=release, roots=roots)
        assert hit.inputs["outside"] is outside
        return hit.row, hit.result

    assert route(5000) == (0, ["boss"])
    assert route(5001) == (1, [{"slot": "boss", "due": "3wd"}, "clerk"])
    assert route(1, outside=True)[0] == 1
    assert route(None)[0] == 1
    with pytest.raises(NotFound):
        queries.lookup_table("amuonts", {}, release=release)


def test_a_table_without_a_true_row_says_so(make_pack: MakePack) -> None:
    release = _install(make_pack(files={"tables/amounts.yaml": TABLE.replace("  - {else", "  #")}))
    with pytest.raises(NotFound, match="没有适用的行"):
        queries.lookup_table(
            "amounts", {"amount": Decimal(9999)}, release=release, roots={"setting": {"mini": {"limit": 1}}}
        )


def test_the_nearest_unit_wins_also_when_the_one_above_was_made_later(
    make_pack: MakePack, company: Unit
) -> None:
    group = Unit.objects.create(code="group", name="集团", kind="group")
    Unit.objects.filter(pk=group.pk).update(path=f"/{group.pk}/")
    Unit.objects.filter(pk=company.pk).update(parent=group, path=f"/{group.pk}/{company.pk}/")
    _install(make_pack())
    for unit, days, on in ((company, 10, True), (group, 20, False)):
        services.change_setting("mini.days", days, unit=unit, by=ADMIN, at=AT)
        services.switch_pack("mini", unit, on=on, by=ADMIN, at=AT)
    assert (queries.setting("mini.days", company.pk), queries.setting("mini.days", group.pk)) == (10, 20)
    assert (queries.pack_is_on("mini", company.pk), queries.pack_is_on("mini", group.pk)) == (True, False)


def test_installing_for_a_unit_switches_the_pack_on_there(make_pack: MakePack, company: Unit) -> None:
    _install(make_pack())
    services.switch_pack("mini", company, on=False, by=ADMIN, at=AT)
    _install(make_pack(), unit=company)
    assert queries.pack_is_on("mini", company.id)


def test_a_pack_that_could_not_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackErrors):
        services.install_pack(read_pack(tmp_path / "gone"), by=ADMIN, at=AT)
