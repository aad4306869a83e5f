"""What the program needs to run, checked one by one for `bihuan doctor`."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from bihuan.kernel import clock

OK, WARN, FAIL = "ok", "warn", "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    check: str
    state: str
    text: str


def examine() -> list[Finding]:
    """All checks; those that read tables are left out where the tables can't be read."""
    database = list(_database())
    checks: list[Callable[[], Iterator[Finding]]] = [_files, _bundle, _mail, _settings]
    if all(one.state != FAIL for one in database):
        checks += [_calendar, _people, _work]
    return database + [one for check in checks for one in check()]


def _database() -> Iterator[Finding]:
    try:
        connection.ensure_connection()
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        yield Finding("database", FAIL, str(error).strip().splitlines()[0])
        return
    yield Finding("database", OK, f"{connection.vendor}可以连接")
    if missing:
        yield Finding("migrations", FAIL, f"有{len(missing)}个更新未应用：bihuan migrate")
    else:
        yield Finding("migrations", OK, "已是最新")
    if connection.vendor == "sqlite" and settings.SQLITE_SYNCHRONOUS.upper() not in {"FULL", "EXTRA"}:
        yield Finding("durability", WARN, "断电可能丢失最后的更改：设BIHUAN_SQLITE_SYNCHRONOUS=FULL")


def _files() -> Iterator[Finding]:
    folder = Path(settings.FILES_DIR)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            yield Finding("files", OK, f"{folder}可以写入")
    except OSError as error:
        yield Finding("files", FAIL, f"{folder}：{error.strerror}")


def _bundle() -> Iterator[Finding]:
    manifest = Path(settings.FRONTEND_DIST) / "manifest.json"
    try:
        chunks = json.loads(manifest.read_text(encoding="utf-8")).values()
        missing = [chunk["file"] for chunk in chunks if not (manifest.parent / chunk["file"]).exists()]
    except (OSError, ValueError):
        yield Finding("bundle", FAIL, f"没有{manifest}：make setup")
        return
    if missing:
        yield Finding("bundle", FAIL, f"缺少{missing[0]}：make setup")
    else:
        yield Finding("bundle", OK, f"共{len(chunks)}个文件")
    if not any(Path(settings.FONTS_DIR).glob("*.ttf")):
        yield Finding("fonts", WARN, "没有打印用的中文字体，不能打印PDF：make setup")


def _mail() -> Iterator[Finding]:
    if settings.EMAIL_BACKEND.endswith("smtp.EmailBackend") and not settings.EMAIL_HOST:
        yield Finding("e-mail", WARN, "没有设BIHUAN_SMTP_HOST：通知只在网页里显示")
    else:
        yield Finding("e-mail", OK, settings.EMAIL_HOST or settings.EMAIL_BACKEND.rsplit(".", 2)[-2])


def _settings() -> Iterator[Finding]:
    if settings.DEBUG:
        yield Finding("debug", WARN, "BIHUAN_DEBUG会向所有人显示内部信息")
    if settings.BEHIND_HTTPS:
        yield Finding("https", OK, settings.BASE_URL)
    else:
        yield Finding("https", WARN, f"{settings.BASE_URL}：请把BIHUAN_BASE_URL设为反向代理的https地址")


def _calendar() -> Iterator[Finding]:
    from bihuan.org.public import missing_years

    missing = missing_years(clock.today())
    if missing:
        state = FAIL if clock.today().year in missing else WARN
        years = "、".join(map(str, missing))
        yield Finding("calendar", state, f"没有{years}年的节假日：请安装流程包或导入日历")
    else:
        yield Finding("calendar", OK, "今年和明年的都有")


def _people() -> Iterator[Finding]:
    from bihuan.org.public import Person

    if Person.objects.filter(is_active=True, is_admin=True).exists():
        yield Finding("administrator", OK, "已设")
    else:
        yield Finding("administrator", WARN, "还没有：bihuan org add-admin 登录名")


def _work() -> Iterator[Finding]:
    from bihuan.kit.health import worker_is_up
    from bihuan.kit.jobs import JobState, QueuedJob

    if worker_is_up():
        yield Finding("worker", OK, "定时任务在运行")
    else:
        yield Finding("worker", WARN, "最近几分钟没有定时任务：bihuan worker")
    if dead := QueuedJob.objects.filter(state=JobState.DEAD).count():
        yield Finding("jobs", WARN, f"有{dead}个作业多次失败，等管理员处理")
