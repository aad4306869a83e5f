"""Addresses of the kit itself; registers bring theirs through `kit.crud`."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
