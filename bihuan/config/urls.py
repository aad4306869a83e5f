"""All addresses: each app brings its own, registers bring theirs through the kit."""

from django.urls import include, path

from bihuan.kit.crud.registry import register_urls

urlpatterns = [
    path("", include("bihuan.home.urls")),
    path("", include("bihuan.org.urls")),
    path("", include("bihuan.packs.urls")),
    path("", include("bihuan.documents.urls")),
    path("", include("bihuan.process.urls")),
    path("", include("bihuan.kit.urls")),
    *register_urls(),
]
handler400 = "bihuan.kit.ui.errors.bad_request"
handler403 = "bihuan.kit.ui.errors.forbidden"
handler404 = "bihuan.kit.ui.errors.not_found"
handler500 = "bihuan.kit.ui.errors.server_error"
