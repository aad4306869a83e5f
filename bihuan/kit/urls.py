"""Addresses of the kit itself; registers bring theirs through `kit.crud`."""

from django.contrib.auth.decorators import login_not_required
from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

urlpatterns: list[URLPattern | URLResolver] = [
    path("files/", include("bihuan.kit.files.urls")),
    path("notices/", include("bihuan.kit.notify.urls")),
    path("jobs/", include("bihuan.kit.jobs.urls")),
    path("language/", login_not_required(set_language), name="set_language"),
]
