"""`bihuan pack`: list, check, install and describe packs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from bihuan.kernel import clock
from bihuan.kernel.actor import SYSTEM
from bihuan.kernel.errors import DomainError
from bihuan.org.public import Unit

from .checking import check_source, warnings_of
from .domain.problems import PackErrors, Problem
from .loading import pack_schema, read_pack
from .models import PackRelease
from .readers import schemas
from .services import find_release, install_pack

app = typer.Typer(help="流程包：列出、检查、安装、输出文件格式", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="流程包文件夹")]
Search = Annotated[list[Path] | None, typer.Option("--pack-dir", help="到这里找所依赖的流程包，可重复")]
Json = Annotated[bool, typer.Option("--json", help="输出JSON")]


@app.command("list")
def list_packs(as_json: Json = False) -> None:
    """列出已安装的流程包版本。"""
    releases = PackRelease.objects.select_related("pack").defer("source").order_by("pack__code", "-id")
    rows = [
        {
            "code": one.pack.code,
            "name": str(one.pack),
            "version": one.version,
            "revision": one.revision,
            "state": one.state,
            "installed_at": one.installed_at.isoformat(),
            "effective_at": one.effective_at.isoformat() if one.effective_at else None,
        }
        for one in releases
    ]
    if as_json:
        return _print(rows)
    for one in releases:
        print(f"{one.pack.code}\t{one.version}-{one.revision}\t{one.get_state_display()}\t{one.pack}")
    if not rows:
        print("还没有安装流程包；用 bihuan pack install 文件夹 安装。")
    return None


@app.command("check")
def check(folder: Folder, pack_dir: Search = None, as_json: Json = False) -> None:
    """检查流程包文件夹，指出每处错误的文件、行和键。"""
    source = read_pack(folder, pack_dir or [])
    problems = check_source(source)
    if problems:
        _fail(problems, as_json)
    if as_json:
        warnings = _lines(warnings_of(source))
        return _print({"ok": True, "code": source.code, "problems": [], "warnings": warnings})
    for one in warnings_of(source):
        print(f"提醒 {one}")
    version = source.pack.version if source.pack else ""
    print(f"流程包{source.code} {version}没有错误，共{len(source.files)}个文件。")
    return None


@app.command("install")
def install(
    folder: Folder,
    pack_dir: Search = None,
    effective: Annotated[
        bool, typer.Option("--effective", help="安装后立即生效（相当于已联合签准）")
    ] = False,
    unit: Annotated[str, typer.Option("--unit", help="在这个单位（代码）启用")] = "",
    as_json: Json = False,
) -> None:
    """安装流程包和它依赖的包；内容没变就是原来的版本。"""
    try:
        source = read_pack(folder, pack_dir or [])
        where = _unit(unit)
        before = find_release(source)
        release = install_pack(
            source, unit=where, by=SYSTEM, at=clock.now(), effective=effective, announce=not effective
        )
    except PackErrors as error:
        _fail(error.problems, as_json)
    except DomainError as error:
        _fail([Problem(str(folder), 0, "", error.text())], as_json)
    fresh = before is None or before.id != release.id
    if as_json:
        return _print(
            {
                "ok": True,
                "code": release.pack.code,
                "version": release.version,
                "revision": release.revision,
                "state": release.state,
                "new": fresh,
            }
        )
    done = "已安装" if fresh else "内容没有变化，仍是"
    print(
        f"{done}{release.pack} {release.version}（修订{release.revision}，{release.get_state_display()}）。"
    )
    return None


@app.command("schema")
def schema(folder: Folder, as_json: Json = False) -> None:
    """把各种流程包文件的JSON Schema写入文件夹，供编辑器使用。"""
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, found in [("pack", pack_schema()), *schemas()]:
            path = folder / f"{name}.schema.json"
            path.write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
            written.append(str(path))
    except OSError as error:
        _fail([Problem(str(folder), 0, "", f"写不进去：{error.strerror}")], as_json)
    if as_json:
        return _print({"ok": True, "files": written})
    print("\n".join(written))
    return None


def _unit(code: str) -> Unit | None:
    if not code:
        return None
    found = Unit.objects.filter(code=code).first()
    if found is None:
        raise PackErrors([Problem("--unit", 0, "", f"没有单位“{code}”")])
    return found


def _lines(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    return [{"file": one.file, "line": one.line, "key": one.key, "message": one.message} for one in problems]


def _fail(problems: list[Problem] | tuple[Problem, ...], as_json: bool) -> NoReturn:
    """Print the problems, one line each, and end with exit code 1."""
    if as_json:
        _print({"ok": False, "problems": _lines(problems)})
    else:
        for one in problems:
            typer.echo(str(one), err=True)
    raise typer.Exit(1)


def _print(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))
