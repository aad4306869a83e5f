"""Addresses of notices; to be included under `notices/`."""

from django.urls import path

from . import views

app_name = "notify"
urlpatterns = [
    path("", views.notice_list, name="list"),
    path("count/", views.notice_count, name="count"),
    path("read-all/", views.notice_read_all, name="read_all"),
    path("preferences/", views.preferences, name="preferences"),
    path("<int:notice_id>/", views.notice_open, name="open"),
    path("<int:notice_id>/read/", views.notice_read, name="read"),
]
