"""Commands that keep the program running and honest: worker, tick, verify."""

from __future__ import annotations

import json
from datetime import datetime

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.command()
def worker(
    processes: int = typer.Option(1, min=1, max=32, help="工作进程数"),
    interval: float = typer.Option(0.5, min=0.05, max=60, help="空闲时等待的秒数"),
    memory: int = typer.Option(1024, min=0, help="每个进程的内存上限（MiB），0为不限"),
) -> None:
    """运行后台作业和定时任务，直到停止（SIGTERM会等正在执行的作业完成）。"""
    from bihuan.kit.jobs.supervisor import Supervisor

    typer.echo(f"后台：{processes}个进程，每分钟检查定时任务；按Ctrl-C停止")
    Supervisor(processes=processes, interval=interval, memory=memory).run()
    typer.echo("后台：已停止")


@app.command()
def tick(
    at: datetime | None = typer.Option(None, help="当作现在的时刻（Asia/Shanghai）"),
    jobs: bool = typer.Option(False, help="同时执行到期的作业"),
    as_json: bool = typer.Option(False, "--json", help="输出JSON"),
) -> None:
    """把到期的定时任务执行一次。"""
    from bihuan.kernel import clock
    from bihuan.kit.jobs import run_ticks, run_waiting

    moment = clock.aware(at) if at else clock.now()
    results = run_ticks(moment)
    ran = run_waiting(moment) if jobs else 0
    if as_json:
        ticks = [{"name": result.name, "ok": result.ok, "reason": result.reason} for result in results]
        typer.echo(json.dumps({"at": moment.isoformat(), "ticks": ticks, "jobs": ran}, ensure_ascii=False))
    else:
        for result in results:
            typer.echo(f"{'ok    ' if result.ok else 'FAILED'} {result.name} {result.reason}".rstrip())
        typer.echo(f"{len(results)}个定时任务，{ran}个作业")
    raise typer.Exit(any(not result.ok for result in results))


@app.command()
def verify(as_json: bool = typer.Option(False, "--json", help="输出JSON")) -> None:
    """检查审计记录、所存文件和资金账是否完好；有损坏的，退出码为1。"""
    from bihuan.kit.soundness import problems as checked

    checks = checked()
    if as_json:
        typer.echo(json.dumps(checks, ensure_ascii=False))
    else:
        for name, problems in checks.items():
            typer.echo(f"{name}: {'ok' if not problems else f'{len(problems)}处问题'}")
            for problem in problems:
                typer.echo(f"  {problem}")
    raise typer.Exit(any(checks.values()))
