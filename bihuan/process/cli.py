"""Commands for scenarios and processes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

scenario = typer.Typer(help="可执行的验收场景", no_args_is_help=True)
process = typer.Typer(help="流程:检查、编译、布局、导入、导出", no_args_is_help=True)

Files = Annotated[list[Path], typer.Argument(help="场景文件或文件夹")]
Json = Annotated[bool, typer.Option("--json", help="以JSON输出")]


@scenario.command("run")
def run(
    files: Files,
    pack_dir: Annotated[list[Path] | None, typer.Option("--pack-dir", help="流程包所在的文件夹")] = None,
    database: Annotated[str, typer.Option("--database", help="数据库地址,默认临时SQLite")] = "",
    keep: Annotated[bool, typer.Option("--keep", help="保留结果,便于查看")] = False,
    as_json: Json = False,
) -> None:
    """Run scenarios, each in a transaction that is rolled back; stops each at its first failure."""
    from bihuan.process.scenario.databases import scenario_database
    from bihuan.process.scenario.run import run_file

    found = sorted(path for file in files for path in (file.rglob("scenarios/*.yaml") if file.is_dir() else [file]))
    if not found:
        typer.echo("没有找到场景", err=True)
        raise typer.Exit(1)
    with scenario_database(database):
        outcomes = [run_file(file, pack_dir or (), keep=keep) for file in found]
    failed = [one for one in outcomes if one.error is not None]
    if as_json:
        rows = [
            {"file": str(o.file), "scenario": o.name, "steps": o.steps, "passed": o.error is None, "line": o.error.line if o.error else None,
             "error": o.error.message if o.error else None} for o in outcomes
        ]  # fmt: skip
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        for one in outcomes:
            if one.error is None:
                typer.echo(f"通过  {one.file}  {one.name}({one.steps}步)")
            else:
                typer.echo(str(one.error), err=True)
        typer.echo(f"{len(outcomes) - len(failed)} passed, {len(failed)} failed")
    if failed:
        raise typer.Exit(1)
