"""Addresses of sign-in and of the bindings page; the registers bring theirs through the kit."""

from django.urls import path

from bihuan.org import bindings, token_pages, views

app_name = "org"
urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign_in"),
    path("sign-in/demo/", views.demo_sign_in, name="demo_sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("me/password/", views.ChangePassword.as_view(), name="change_password"),
    path("me/position/", views.switch_position, name="switch_position"),
    path("me/tokens/", token_pages.tokens_page, name="tokens"),
    path("me/tokens/<int:token_id>/revoke/", token_pages.revoke, name="revoke_token"),
    path("org/bindings/", bindings.bindings_page, name="bindings"),
    path("org/bindings/bind/", bindings.bind, name="bind"),
    path("org/bindings/<int:binding>/unbind/", bindings.unbind, name="unbind"),
]
