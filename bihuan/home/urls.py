"""Addresses of one's own work."""

from django.urls import path

from bihuan.home import loop_views, search_views, views

app_name = "home"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("done/", views.done, name="done"),
    path("started/", views.started, name="started"),
    path("copies/", views.copies, name="copies"),
    path("drafts/", views.drafts, name="drafts"),
    path("search/", search_views.search_page, name="search"),
    path("search/palette/", search_views.palette, name="palette"),
    path("loop/", loop_views.overview, name="loop"),
    path("loop/<slug:stage>/", loop_views.stage_page, name="stage"),
]
