"""`bihuan org …`: the organisation from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from bihuan.kernel import clock
from bihuan.kernel.actor import SYSTEM
from bihuan.kernel.errors import DomainError

app = typer.Typer(help="组织：单位、岗位、人员", no_args_is_help=True)
_JSON = Annotated[bool, typer.Option("--json", help="输出JSON")]


@app.command("import")
def import_file(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="含单位、岗位、人员、绑定工作表的Excel文件")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查，不写入")] = False,
    as_json: _JSON = False,
) -> None:
    """导入单位、岗位、人员和绑定；有错的行逐一指出并略过，退出码为1。"""
    from bihuan.org.public import import_organisation

    try:
        with file.open("rb") as content:
            report = import_organisation(file=content, name=file.name, by=SYSTEM, at=clock.now(), dry=dry_run)
    except DomainError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    if as_json:
        problems = [
            {"sheet": p.sheet, "row": p.row, "column": p.column, "message": p.message}
            for p in report.problems
        ]
        typer.echo(
            json.dumps(
                {"dry_run": dry_run, "counts": report.counts, "problems": problems}, ensure_ascii=False
            )
        )
    else:
        for sheet, count in report.counts.items():
            typer.echo(f"{sheet}: {count}")
        for problem in report.problems:
            typer.echo(str(problem), err=True)
    if report.problems:
        raise typer.Exit(1)


@app.command("add-admin")
def add_administrator(name: Annotated[str, typer.Argument(help="登录名")], as_json: _JSON = False) -> None:
    """设一名系统管理员，显示一次随机密码；登录后可以修改。"""
    from bihuan.org.public import add_admin

    try:
        person, password = add_admin(username=name, by=SYSTEM, at=clock.now())
    except DomainError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    if as_json:
        typer.echo(json.dumps({"username": person.username, "password": password}))
    else:
        typer.echo(f"{person.username}  {password}")
