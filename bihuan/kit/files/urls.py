"""Addresses of files; to be included under `files/`."""

from django.urls import path

from . import views

app_name = "files"
urlpatterns = [
    path("", views.upload, name="upload"),
    path("<int:file_id>/", views.download, name="download"),
    path("<int:file_id>/preview/", views.preview, name="preview"),
]
