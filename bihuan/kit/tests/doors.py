"""Addresses of the kit's own doors, so that its tests need no other app."""

from django.urls import include, path

urlpatterns = [
    path("files/", include("bihuan.kit.files.urls")),
    path("notices/", include("bihuan.kit.notify.urls")),
    path("jobs/", include("bihuan.kit.jobs.urls")),
]
