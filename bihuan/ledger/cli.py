"""`bihuan ledger …`: are the books right, and who may read them."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from bihuan.kernel import clock
from bihuan.kernel.actor import SYSTEM
from bihuan.kernel.errors import NotFound, text

app = typer.Typer(help="资金账：核对、开放查看", no_args_is_help=True)
_JSON = Annotated[bool, typer.Option("--json", help="输出JSON")]


@app.command()
def verify(as_json: _JSON = False) -> None:
    """用分录重新计算每个预算账户的余额；有不符的，退出码为1。"""
    from bihuan.ledger.public import Account, verify_ledger

    problems, accounts = verify_ledger(), Account.objects.count()
    if as_json:
        typer.echo(json.dumps({"accounts": accounts, "problems": problems}, ensure_ascii=False))
    else:
        typer.echo(f"ledger: {accounts}个账户，{'ok' if not problems else f'{len(problems)}处不符'}")
        for problem in problems:
            typer.echo(f"  {problem}")
    raise typer.Exit(bool(problems))


@app.command("open")
def open_(
    position: Annotated[str, typer.Argument(help="岗位代码，如财务经理的岗位")],
    company: Annotated[str, typer.Argument(help="公司的单位代码")],
    why: Annotated[str, typer.Option(help="授权原因")],
    as_json: _JSON = False,
) -> None:
    """让一个岗位查看一家公司的全部资金账。"""
    from bihuan.ledger.public import open_ledger
    from bihuan.org.public import Position, Unit

    post = Position.objects.filter(code=position, retired_at=None).first()
    firm = Unit.objects.filter(code=company, retired_at=None).first()
    if post is None or firm is None:
        raise NotFound(text("没有这个岗位或公司"))
    grant = open_ledger(position=post, company=firm, why=why, by=SYSTEM, at=clock.now())
    if as_json:
        typer.echo(json.dumps({"grant": grant.pk, "position": post.code, "company": firm.code}))
    else:
        typer.echo(f"{post.name}可以查看{firm.name}的资金账")
