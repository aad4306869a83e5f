"""Addresses of the kit itself; registers bring theirs through `kit.crud`."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [path("files/", include("bihuan.kit.files.urls"))]
