"""The command `bihuan`: serving, the demo, and the commands that each app brings in its own `cli.py`.

Django is set up only when a command runs, so `bihuan --help` answers at once.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from bihuan.kernel.errors import DomainError
from bihuan.kit.cli import app as kit_commands

Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")]
LOOPBACK = "127.0.0.1"

app = typer.Typer(
    name="bihuan",
    help="Bihuan 闭环: runs a marketing department as a closed loop.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _commands_of(place: str) -> type[TyperGroup]:
    """A group whose commands stand in `module:name` and are imported when one of them is asked for."""

    class Later(TyperGroup):
        def make_context(
            self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any
        ) -> Any:
            module, name = place.split(":")
            found = get_group(getattr(import_module(module), name))
            return found.make_context(info_name, args, parent=parent, **extra)

    return Later


def _add(name: str, place: str, description: str) -> None:
    app.add_typer(typer.Typer(), name=name, cls=_commands_of(place), help=description)


@app.callback()
def _set_up(context: typer.Context) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bihuan.config.settings")
    if context.invoked_subcommand != "demo":  # it chooses its own database first
        _start_django()


def _start_django() -> None:
    import django

    django.setup()


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = LOOPBACK,
    port: Port = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Server processes.")] = 1,
) -> None:
    """Bring the database up to date and serve the pages until stopped. HTTPS is a proxy's work."""
    _need_free(host, port)
    _migrate()
    _listen(host, port, workers)


@app.command()
def demo(
    pack: Annotated[str, typer.Option(help="Code of the industry pack to show.")] = "rail",
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day the story has reached; today if left out."),
    ] = None,
    port: Port = 8000,
    fresh: Annotated[bool, typer.Option("--fresh", help="Throw the present demo database away.")] = False,
) -> None:
    """Serve an invented company on this machine only. Its database is made at the first call."""
    _need_free(LOOPBACK, port)
    folder = _demo_environment(pack, port)
    built = folder / "built.json"
    if fresh or not built.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    _start_django()
    _migrate()
    if built.exists():
        story = json.loads(built.read_text(encoding="utf-8"))
        typer.echo(f"demo: using {folder}, built for {story['as_of']}; --fresh makes it anew")
    else:
        _build_demo(pack, as_of, built)
    typer.echo(f"demo: http://{LOOPBACK}:{port} (only from this machine; stop with Ctrl-C)")
    with _worker():
        _listen(LOOPBACK, port, 1)


@app.command()
def migrate(as_json: Json = False) -> None:
    """Bring the database up to date."""
    applied = _migrate()
    typer.echo(json.dumps({"applied": applied}) if as_json else f"migrate: {len(applied)} applied")


@app.command()
def doctor(as_json: Json = False) -> None:
    """Check what the program needs to run. Exit code 1 when something fails."""
    from bihuan.doctor import FAIL, examine

    findings = examine()
    if as_json:
        rows = [{"check": one.check, "state": one.state, "text": one.text} for one in findings]
        typer.echo(json.dumps(rows, ensure_ascii=False))
    else:
        for one in findings:
            typer.echo(f"{one.state:4} {one.check}: {one.text}")
    raise typer.Exit(int(any(one.state == FAIL for one in findings)))


app.add_typer(kit_commands)
_add("org", "bihuan.org.cli:app", "Units, positions and people.")
_add("pack", "bihuan.packs.cli:app", "List, check, install and describe packs.")
_add("process", "bihuan.process.cli:process", "Check, compile, lay out and exchange processes.")
_add("scenario", "bihuan.process.cli:scenario", "Run acceptance stories and see what they leave out.")


def _migrate() -> list[str]:
    """Apply what is missing; returns the names."""
    from django.core.management import call_command
    from django.db import connection, connections
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    call_command("migrate", verbosity=0, interactive=False)
    connections.close_all()  # a server process must not inherit an open connection
    return [f"{step.app_label}.{step.name}" for step, _ in plan]


def _listen(host: str, port: int, workers: int) -> None:
    from django.conf import settings
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # whitenoise looks there first
    typer.echo(f"serve: http://{host}:{port}, {workers} process(es)")
    Server(
        "bihuan.config.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=4,
        respawn_failed_workers=True,
        log_level=LogLevels.warning,
    ).serve()


def _need_free(host: str, port: int) -> None:
    """End with a clear line when nothing can listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            _fail([f"cannot listen on {host}:{port}: {error.strerror}; choose another --port"])


def _demo_environment(pack: str, port: int) -> Path:
    """Point the settings at a database of the demo's own; returns its folder."""
    if not pack.isidentifier():
        _fail([f"no such pack: {pack}"])
    data = os.environ.get("BIHUAN_DATA_DIR", Path(__file__).resolve().parent.parent / "var")
    folder = Path(data).resolve() / "demo" / pack
    for name in [name for name in os.environ if name.startswith("BIHUAN_")]:
        if name not in {"BIHUAN_DEBUG", "BIHUAN_FRONTEND", "BIHUAN_LOG_LEVEL"}:
            del os.environ[name]
    os.environ["BIHUAN_DATA_DIR"] = str(folder)
    os.environ["BIHUAN_SQLITE_SYNCHRONOUS"] = "NORMAL"
    os.environ["BIHUAN_EMAIL_BACKEND"] = "django.core.mail.backends.dummy.EmailBackend"
    os.environ["BIHUAN_BASE_URL"] = f"http://{LOOPBACK}:{port}"
    return folder


def _build_demo(pack: str, as_of: datetime | None, built: Path) -> None:
    """Fill the database; the mark is written last, so a broken attempt is made anew."""
    from django.db import connections

    from bihuan.home.demo import build_demo
    from bihuan.kernel import clock

    day = as_of.date() if as_of else clock.today()
    typer.echo(f"demo: making the company of pack {pack} as of {day} …")
    build_demo(pack, day)
    connections.close_all()
    built.write_text(json.dumps({"pack": pack, "as_of": day.isoformat()}), encoding="utf-8")


@contextmanager
def _worker() -> Iterator[None]:
    """Jobs and ticks in a child process for as long as the block runs."""
    command = [sys.executable, "-m", "bihuan", "worker"]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)  # noqa: S603
    try:
        yield
    finally:
        child.terminate()
        child.wait()


def _fail(lines: list[str]) -> None:
    """One line each on the error stream, exit code 1."""
    for line in lines:
        typer.echo(line, err=True)
    raise SystemExit(1)


def _lines(error: DomainError) -> list[str]:
    """A pack's errors one by one; anything else in one line, wrong fields in brackets."""
    if problems := getattr(error, "problems", ()):
        return [str(problem) for problem in problems]
    fields = "; ".join(f"{path}: {' '.join(found)}" for path, found in error.fields.items())
    return [f"{error.text()} ({fields})" if fields else error.text()]


def main() -> None:
    """Run the command line; what goes wrong is said in a line, BIHUAN_DEBUG=1 shows where."""
    try:
        app()
    except DomainError as error:
        _fail(_lines(error))
    except Exception as error:
        if os.environ.get("BIHUAN_DEBUG"):
            raise
        first = (str(error) or type(error).__name__).strip().splitlines()[0]
        _fail([f"bihuan: {type(error).__name__}: {first} (BIHUAN_DEBUG=1 shows more)"])
