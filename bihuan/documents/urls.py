"""Addresses of documents."""

from django.urls import path

from . import paper_views, views

app_name = "documents"
urlpatterns = [
    path("documents/", views.list_page, name="list"),
    path("documents/people/", views.people, name="people"),
    path("documents/references/<str:to>/", views.references, name="references"),
    path("documents/<int:document_id>/", views.document_page, name="document"),
    path("documents/<int:document_id>/compare/", views.compare_page, name="compare"),
    path("documents/<int:document_id>/print.pdf", paper_views.print_page, name="print"),
]
