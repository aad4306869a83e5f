"""Commands that keep the program running and honest: worker, tick, verify."""

from __future__ import annotations

import json
from datetime import datetime

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.command()
def worker(
    processes: int = typer.Option(1, min=1, max=32, help="Worker processes to run."),
    interval: float = typer.Option(0.5, min=0.05, max=60, help="Seconds an idle worker waits."),
    memory: int = typer.Option(1024, min=0, help="Memory limit of one process in MiB; 0: none."),
) -> None:
    """Run background jobs and the clock's ticks until stopped (SIGTERM lets running jobs finish)."""
    from bihuan.kit.jobs.supervisor import Supervisor

    typer.echo(f"worker: {processes} process(es), ticks every minute; stop with Ctrl-C")
    Supervisor(processes=processes, interval=interval, memory=memory).run()
    typer.echo("worker: stopped")


@app.command()
def tick(
    at: datetime | None = typer.Option(None, help="The moment to take as now (Asia/Shanghai)."),
    jobs: bool = typer.Option(False, help="Also run the jobs that are due."),
    as_json: bool = typer.Option(False, "--json", help="Print the result for machines."),
) -> None:
    """Run the ticks that are due once."""
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
        typer.echo(f"{len(results)} tick(s), {ran} job(s)")
    raise typer.Exit(any(not result.ok for result in results))


@app.command()
def verify(as_json: bool = typer.Option(False, "--json", help="Print the result for machines.")) -> None:
    """Check the audit trail and the kept files; exit code 1 when something is broken."""
    from bihuan.kit import audit, files

    checks = {
        "audit": [str(found) for found in audit.verify()],
        "files": [str(found) for found in files.verify_files()],
    }
    if as_json:
        typer.echo(json.dumps(checks, ensure_ascii=False))
    else:
        for name, problems in checks.items():
            typer.echo(f"{name}: {'ok' if not problems else f'{len(problems)} problem(s)'}")
            for problem in problems:
                typer.echo(f"  {problem}")
    raise typer.Exit(any(checks.values()))
