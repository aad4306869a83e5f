"""Addresses of the kit itself; registers bring theirs through `kit.crud`."""

from django.conf.urls.i18n import urlpatterns as language_urls
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("files/", include("bihuan.kit.files.urls")),
    path("notices/", include("bihuan.kit.notify.urls")),
    path("jobs/", include("bihuan.kit.jobs.urls")),
    path("language/", include(language_urls)),
]
