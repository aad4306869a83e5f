"""Addresses of the packs."""

from django.urls import path

from . import views

app_name = "packs"
urlpatterns = [
    path("packs/", views.pack_list, name="list"),
    path("packs/<slug:code>/", views.pack_detail, name="detail"),
    path("packs/<slug:code>/use/", views.pack_use, name="use"),
]
