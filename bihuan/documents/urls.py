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
    path("documents/word/", paper_views.template_list, name="word_templates"),
    path("documents/word/<str:code>/", paper_views.put_template, name="put_word_template"),
    path("documents/word/<str:code>/remove/", paper_views.remove_template, name="remove_word_template"),
    path("documents/word/<str:code>.docx", paper_views.template_file, name="word_template"),
    path("documents/<int:document_id>/print.docx", paper_views.word_page, name="word"),
    path("documents/<int:document_id>/print.pdf", paper_views.print_page, name="print"),
]
