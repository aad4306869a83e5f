"""Settings for tests and scenario databases: the same program, quick and without the outside world."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

os.environ.setdefault("BIHUAN_SECRET_KEY", "only-for-tests")
os.environ.setdefault("BIHUAN_SQLITE_SYNCHRONOUS", "NORMAL")

from .settings import *  # noqa: F403
from .settings import DJANGO_VITE

_folder = tempfile.TemporaryDirectory(prefix="bihuan-", ignore_cleanup_errors=True)  # gone at the end
DATA_DIR = Path(_folder.name)
FILES_DIR = DATA_DIR / "files"
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir()
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
ALLOWED_HOSTS = ["*"]
AXES_ENABLED = False
if os.environ.get("BIHUAN_TEST_BUNDLE") != "1":
    DJANGO_VITE["default"]["dev_mode"] = True
AUDIT_TRIGGERS = False  # tests empty their tables
