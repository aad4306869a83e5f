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

Json = Annotated[bool, typer.Option("--json", help="输出JSON")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="监听的端口")]
LOOPBACK = "127.0.0.1"

app = typer.Typer(
    name="bihuan",
    help="闭环：让市场部的工作闭环运行",
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
    host: Annotated[str, typer.Option(help="监听的地址")] = LOOPBACK,
    port: Port = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="服务进程数")] = 1,
) -> None:
    """更新数据库并提供网页服务，直到停止；HTTPS由反向代理负责。"""
    _need_free(host, port)
    _migrate()
    _listen(host, port, workers)


@app.command()
def demo(
    pack: Annotated[str, typer.Option(help="要演示的行业流程包代码")] = "rail",
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="演示进行到哪一天，默认今天"),
    ] = None,
    port: Port = 8000,
    fresh: Annotated[bool, typer.Option("--fresh", help="丢弃现有演示数据，重新生成")] = False,
) -> None:
    """演示一家虚构的公司，只有本机能访问；第一次运行时生成数据库。"""
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
        typer.echo(f"演示：沿用{folder}，数据截至{story['as_of']}；加--fresh重新生成")
    else:
        _build_demo(pack, as_of, built)
    typer.echo(f"演示：http://{LOOPBACK}:{port}（只有本机能访问；按Ctrl-C停止）")
    with _worker():
        _listen(LOOPBACK, port, 1)


@app.command()
def migrate(as_json: Json = False) -> None:
    """更新数据库结构。"""
    applied = _migrate()
    typer.echo(json.dumps({"applied": applied}) if as_json else f"数据库：应用了{len(applied)}个更新")


@app.command()
def doctor(as_json: Json = False) -> None:
    """检查运行所需的条件；有不满足的，退出码为1。"""
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
_add("org", "bihuan.org.cli:app", "组织：单位、岗位、人员")
_add("pack", "bihuan.packs.cli:app", "流程包：列出、检查、安装、输出文件格式")
_add("ledger", "bihuan.ledger.cli:app", "资金账：核对、开放查看")
_add("process", "bihuan.process.cli:process", "流程：检查、编译、布局、导入、导出、手册")
_add("scenario", "bihuan.process.cli:scenario", "验收场景：运行、查看覆盖")


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
    typer.echo(f"服务：http://{host}:{port}，{workers}个进程")
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
            _fail([f"无法监听{host}:{port}：{error.strerror}；请用--port换一个端口"])


def _demo_environment(pack: str, port: int) -> Path:
    """Point the settings at a database of the demo's own; returns its folder."""
    if not pack.isidentifier():
        _fail([f"没有流程包“{pack}”"])
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
    typer.echo(f"演示：正在按流程包{pack}生成公司，截至{day}……")
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
        _fail([f"bihuan: {type(error).__name__}: {first} （设BIHUAN_DEBUG=1查看详情）"])
