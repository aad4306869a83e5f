"""Commands for scenarios and processes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer

Value = TypeVar("Value")
scenario = typer.Typer(help="可执行的验收场景", no_args_is_help=True)
process = typer.Typer(help="流程:检查、编译、布局、导入、导出、手册", no_args_is_help=True)

Files = Annotated[list[Path], typer.Argument(help="场景文件或文件夹")]
Json = Annotated[bool, typer.Option("--json", help="以JSON输出")]
PackDirs = Annotated[list[Path] | None, typer.Option("--pack-dir", help="流程包所在的文件夹,可重复")]
Database = Annotated[str, typer.Option("--database", help="数据库地址,默认临时SQLite")]
File = Annotated[Path, typer.Argument(metavar="FILE", help="流程文件(.yaml或.bpmn)")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="写入这个文件,默认输出到屏幕")]


@scenario.command("run")
def run(
    files: Files,
    pack_dir: PackDirs = None,
    database: Database = "",
    keep: Annotated[bool, typer.Option("--keep", help="保留结果,便于查看")] = False,
    as_json: Json = False,
) -> None:
    """运行场景，各在一个回滚的事务里；每个场景在第一处不符时停止。"""
    from bihuan.process.scenario.databases import scenario_database
    from bihuan.process.scenario.run import run_file

    found = _stories(files)
    with scenario_database(database):
        outcomes = [run_file(file, pack_dir or (), keep=keep) for file in found]
    failed = [one for one in outcomes if one.error is not None]
    if as_json:
        rows = [
            {"file": str(o.file), "scenario": o.name, "steps": o.steps, "passed": o.error is None,
             "line": o.error.line if o.error else None, "error": o.error.message if o.error else None}
            for o in outcomes
        ]  # fmt: skip
        _print(rows)
    else:
        for one in outcomes:
            if one.error is None:
                typer.echo(f"通过  {one.file}  {one.name}({one.steps}步)")
            else:
                typer.echo(str(one.error), err=True)
        typer.echo(f"{len(outcomes) - len(failed)} passed, {len(failed)} failed")
    if failed:
        raise typer.Exit(1)


@scenario.command("coverage")
def coverage(files: Files, pack_dir: PackDirs = None, database: Database = "", as_json: Json = False) -> None:
    """运行场景，列出流程包里没有场景走过的路径、退回和移交。"""
    from bihuan.process.scenario.coverage import Coverage
    from bihuan.process.scenario.databases import scenario_database
    from bihuan.process.scenario.run import run_file

    seen = Coverage()
    with scenario_database(database):
        outcomes = [run_file(file, pack_dir or (), collect=seen.collect) for file in _stories(files)]
    errors = [one.error for one in outcomes if one.error is not None]
    left = seen.uncovered()
    if as_json:
        _print({
            "scenarios": len(outcomes), "failed": [str(error) for error in errors], "processes": sorted(seen.graphs),
            "total": seen.total, "uncovered": [one.plain() for one in left],
        })  # fmt: skip
    else:
        for error in errors:
            typer.echo(str(error), err=True)
        for one in left:
            typer.echo(str(one))
        typer.echo(f"{len(seen.graphs)} processes, {seen.total} ways, {len(left)} uncovered")
    if errors or left:
        raise typer.Exit(1)


@process.command("check")
def check(
    files: Annotated[list[Path], typer.Argument(help="流程文件或文件夹")],
    pack_dir: PackDirs = None,
    as_json: Json = False,
) -> None:
    """检查流程文件和BPMN文件；在流程包里的，连同流程包一起检查。"""
    from bihuan.process.exchange import check_files, process_files

    found = [file for place in files for file in process_files(place)]
    if not found:
        _fail([_problem(str(files[0]), "没有找到流程文件")], as_json)
    if problems := check_files(found, pack_dir or ()):
        _fail(problems, as_json)
    if as_json:
        _print({"ok": True, "files": [str(file) for file in found], "problems": []})
    else:
        typer.echo(f"{len(found)}个流程文件没有错误。")


@process.command("compile")
def compile_file(file: File, output: Output = None, pack_dir: PackDirs = None, as_json: Json = False) -> None:
    """把流程文件编译成BPMN，连同图形。"""
    from bihuan.process.exchange import graph_of
    from bihuan.process.outline.bpmn import to_bpmn
    from bihuan.process.outline.layout import lay_out

    graph, slots = _checked(lambda: graph_of(file, pack_dir or ()), as_json)
    _give(to_bpmn(graph, lay_out(graph), slots).decode(), "bpmn", output, as_json, code=graph.code)


@process.command("layout")
def layout(file: File, output: Output = None, pack_dir: PackDirs = None, as_json: Json = False) -> None:
    """把流程文件或BPMN文件画成SVG。"""
    from bihuan.process.exchange import graph_of

    graph, slots = _checked(lambda: graph_of(file, pack_dir or ()), as_json)
    _give(_drawn(graph, slots), "svg", output, as_json, code=graph.code)


@process.command("export")
def export(
    code: Annotated[str, typer.Argument(help="流程代号,如SC-001")],
    output: Output = None,
    as_json: Json = False,
) -> None:
    """导出流程生效版本的BPMN。"""
    from bihuan.process.queries import effective_versions

    version = effective_versions().defer(None).filter(process__code=code).order_by("-id").first()
    if version is None:
        _fail([_problem(code, "没有生效的流程")], as_json)
    _give(version.bpmn, "bpmn", output, as_json, code=code, version=str(version.release))


@process.command("manual")
def manual(
    pack: Annotated[str, typer.Argument(help="流程包代码,如rail")],
    output: Annotated[Path, typer.Option("--out", "-o", help="写入这个PDF文件")],
    as_json: Json = False,
) -> None:
    """把流程包的流程手册印成一份PDF：目录、流程、表单、版本记录。"""
    from bihuan.kernel.actor import SYSTEM
    from bihuan.kernel.errors import DomainError
    from bihuan.process.manual.book import print_pack

    try:
        content, _ = print_pack(pack, by=SYSTEM)
    except DomainError as error:
        _fail([_problem(pack, error.text())], as_json)
    _write(output, content, as_json)
    if as_json:
        _print({"ok": True, "pack": pack, "file": str(output), "bytes": len(content)})
    else:
        typer.echo(f"已写入{output}")


@process.command("import")
def import_file(
    file: File,
    svg: Annotated[Path | None, typer.Option("--svg", help="把流程图画进这个文件")] = None,
    as_json: Json = False,
) -> None:
    """读入BPMN文件（本系统或其他工具的），逐个说明不能执行的元素和原因。"""
    from bihuan.process.exchange import import_bpmn

    graph, notes = _checked(lambda: import_bpmn(file), as_json)
    if graph is not None and svg is not None:
        _write(svg, _drawn(graph, {}), as_json)
    code, elements = (graph.code, len(graph.nodes)) if graph is not None else (None, 0)
    if as_json:
        rows = [asdict(note) for note in notes]
        _print({"ok": graph is not None, "code": code, "elements": elements, "notes": rows})
    else:
        for note in notes:
            typer.echo(f"{file}:{note}", err=note.stops)
        said = f"{code}:{elements}个元素可以执行" if graph is not None else "不能执行,没有导入"
        typer.echo(said, err=graph is None)
    if graph is None:
        raise typer.Exit(1)


def _stories(files: Sequence[Path]) -> list[Path]:
    """The scenario files that are named or stand below the folders that are."""
    found = sorted(
        {path for file in files for path in (file.rglob("scenarios/*.yaml") if file.is_dir() else [file])}
    )
    if not found:
        typer.echo("没有找到场景", err=True)
        raise typer.Exit(1)
    return found


def _checked(make: Callable[[], Value], as_json: bool) -> Value:
    """What `make` answers; its problems end the command."""
    from bihuan.packs.public import PackErrors

    try:
        return make()
    except PackErrors as error:
        _fail(error.problems, as_json)


def _drawn(graph: Any, slots: Any) -> str:
    from bihuan.process.outline.layout import lay_out
    from bihuan.process.outline.svg import PLAIN, to_svg

    return to_svg(lay_out(graph), slots=slots, style=PLAIN)


def _give(text: str, kind: str, output: Path | None, as_json: bool, **about: str) -> None:
    """Write a file, or print what would stand in it."""
    if output is not None:
        _write(output, text, as_json)
    if as_json:
        _print({"ok": True, **about, **({"file": str(output)} if output is not None else {kind: text})})
    else:
        typer.echo(f"已写入{output}" if output is not None else text)


def _write(output: Path, content: str | bytes, as_json: bool) -> None:
    try:
        output.write_bytes(content.encode() if isinstance(content, str) else content)
    except OSError as error:
        _fail([_problem(str(output), f"写不进去:{error.strerror}")], as_json)


def _problem(place: str, message: str) -> Any:
    from bihuan.packs.public import Problem

    return Problem(place, 0, "", message)


def _fail(problems: Iterable[Any], as_json: bool) -> NoReturn:
    """Print the problems, one line each, and end with exit code 1."""
    if as_json:
        rows = [{"file": p.file, "line": p.line, "key": p.key, "message": p.message} for p in problems]
        _print({"ok": False, "problems": rows})
    else:
        for one in problems:
            typer.echo(str(one), err=True)
    raise typer.Exit(1)


def _print(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=1))
