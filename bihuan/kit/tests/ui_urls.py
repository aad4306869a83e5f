"""Addresses for tests of the menu."""

from django.http import HttpRequest, HttpResponse
from django.urls import path


def blank(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


urlpatterns = [
    path("tasks/", blank, name="tasks"),
    path("tasks/archive/", blank, name="archive"),
    path("risks/", blank, name="risks"),
]
