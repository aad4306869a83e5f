"""Commands that keep the program running and honest: worker, tick, verify, backup, restore."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

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


@app.command()
def backup(
    file: Path | None = typer.Argument(None, help="备份文件，默认放在数据目录的backups里，以时间命名"),
    as_json: bool = typer.Option(False, "--json", help="输出JSON"),
) -> None:
    """把全部数据和文件存成一个文件；使用中也可以做，不影响别人。"""
    from django.conf import settings

    from bihuan.kernel import clock
    from bihuan.kit.backup import make_backup

    at = clock.now()
    place = file or Path(settings.DATA_DIR) / "backups" / f"bihuan-{clock.aware(at):%Y%m%d-%H%M%S}.zip"
    made = make_backup(place, at=at)
    if as_json:
        told = {"file": str(made.path), "rows": made.rows, "files": made.files, "bytes": made.size}
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        typer.echo(f"备份：{made.path}，{made.rows}行、{made.files}个文件，{made.size / 2**20:.1f} MiB")


@app.command()
def restore(
    file: Path = typer.Argument(help="bihuan backup做的备份文件"),
    as_json: bool = typer.Option(False, "--json", help="输出JSON"),
) -> None:
    """把备份恢复到一个空数据库（SQLite或PostgreSQL）；先检查整个文件，恢复后逐表核对。"""
    from bihuan.kernel import clock
    from bihuan.kit.backup import restore_backup
    from bihuan.kit.soundness import problems as checked

    done = restore_backup(file)
    problems = [one for found in checked().values() for one in found]
    if as_json:
        told = {
            "made_at": done.made_at.isoformat(),
            "rows": done.rows,
            "files": done.files,
            "problems": problems,
        }
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        made_at = f"{clock.aware(done.made_at):%Y-%m-%d %H:%M}"
        typer.echo(f"恢复：{made_at}的备份，{done.rows}行、{done.files}个文件，逐表核对一致")
        for problem in problems:
            typer.echo(f"  {problem}")
    raise typer.Exit(bool(problems))
