"""Addresses of the kit itself; registers bring theirs through `kit.crud`."""

from django.urls import URLPattern, URLResolver, include, path

from bihuan.kit.health import healthz
from bihuan.kit.language import choose_language
from bihuan.kit.ui.offline import offline_page, service_worker

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("files/", include("bihuan.kit.files.urls")),
    path("notices/", include("bihuan.kit.notify.urls")),
    path("jobs/", include("bihuan.kit.jobs.urls")),
    path("language/", choose_language, name="set_language"),
    path("offline/", offline_page, name="offline"),
    path("service-worker.js", service_worker, name="service_worker"),
]
