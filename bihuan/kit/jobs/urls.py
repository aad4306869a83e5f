"""Addresses of the page 后台作业; to be included under `jobs/`."""

from django.urls import path

from . import views

app_name = "jobs"
urlpatterns = [
    path("", views.job_list, name="list"),
    path("<int:job_id>/retry/", views.job_retry, name="retry"),
]
