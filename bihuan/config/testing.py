"""Settings for tests and scenario databases: the same program, quick and without the outside world."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

os.environ.setdefault("BIHUAN_SECRET_KEY", "only-for-tests")
os.environ.setdefault("BIHUAN_SQLITE_SYNCHRONOUS", "NORMAL")

from .settings import *  # noqa: E402, F403
from .settings import DJANGO_VITE

DATA_DIR = Path(tempfile.mkdtemp(prefix="bihuan-data-"))
FILES_DIR = Path(tempfile.mkdtemp(prefix="bihuan-files-"))
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
ALLOWED_HOSTS = ["*"]
AXES_ENABLED = False
if os.environ.get("BIHUAN_TEST_BUNDLE") != "1":
    DJANGO_VITE["default"]["dev_mode"] = True
AUDIT_TRIGGERS = False  # tests empty their tables
