"""Signing in and out, the password, the acting position."""

from __future__ import annotations

import ipaddress
from typing import Any

from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from bihuan.kernel import clock
from bihuan.kernel.errors import Invalid, NotFound, text
from bihuan.kit import audit
from bihuan.kit.ui.http import whole_number
from bihuan.org.middleware import POSITION_KEY
from bihuan.org.models import Installation, Person
from bihuan.org.queries import actor_for, positions_of

_BACKEND = "django.contrib.auth.backends.ModelBackend"
_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")


class SignInForm(AuthenticationForm):
    """Name and password. The name's case does not count, also not for the lock-out."""

    def clean_username(self) -> str:
        """The name in lower case: else each spelling would have its own guesses."""
        return str(self.cleaned_data["username"]).lower()


@method_decorator(login_not_required, name="dispatch")
class SignIn(LoginView):
    """The sign-in page; in a demo on the own machine also a list of people to choose from."""

    template_name = "org/sign_in.html"
    form_class = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Title, and whether the demo list is offered."""
        found = super().get_context_data(**kwargs)
        return {**found, "title": gettext("登录"), "demo": may_demo(self.request)}


def locked_out(request: HttpRequest, credentials: dict[str, Any] | None = None, *args: Any) -> HttpResponse:
    """The page after too many wrong passwords (AXES_LOCKOUT_CALLABLE)."""
    context = {"title": gettext("暂时无法登录")}
    return render(request, "org/locked_out.html", context, status=429)


def may_demo(request: HttpRequest) -> bool:
    """Whether people may be chosen without a password: a database made as demo, asked from this machine itself.

    A proxy on the same machine also asks from the loopback: its headers and host name give it away.
    """
    host = request.get_host().rsplit(":", 1)[0].strip("[]")
    is_local = _is_loopback(request.META.get("REMOTE_ADDR", "")) and (
        host == "localhost" or _is_loopback(host)
    )
    forwarded = any(request.META.get(header) for header in _FORWARDED)
    return is_local and not forwarded and Installation.objects.filter(demo=True).exists()


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


@login_not_required
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """The people of a demo, each with one button."""
    if not may_demo(request):
        raise NotFound(text("找不到这个页面"))
    if request.method != "POST":
        people = Person.objects.filter(is_active=True).prefetch_related("holdings__position__unit")
        return render(request, "org/demo.html", {"title": gettext("选择演示人员"), "people": people})
    number = whole_number(request.POST.get("person", ""))
    if number is None:
        raise SuspiciousOperation("no person")
    person = get_object_or_404(Person, pk=number, is_active=True)
    login(request, person, backend=_BACKEND)
    return redirect(_next(request))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect("org:sign_in")


class ChangePassword(PasswordChangeView):
    """A person's own password; their other sessions end."""

    template_name = "org/change_password.html"
    success_url = reverse_lazy("org:change_password")
    extra_context = {"title": text("修改密码")}

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        """Keep it and note the act in the history."""
        response = super().form_valid(form)
        person = self.request.user
        assert isinstance(person, Person)
        at = clock.now()
        audit.record(kind="org.person", id=person.pk, verb="set_password", by=actor_for(person), at=at)
        messages.success(self.request, gettext("密码已修改，其他设备上的登录已失效"))
        return response


@require_POST
def switch_position(request: HttpRequest) -> HttpResponse:
    """Act in another of one's positions from now on (R-007); what one may see stays the same."""
    person = request.user
    assert isinstance(person, Person)
    held = {str(position.pk): position for position in positions_of(person.pk)}
    chosen = held.get(request.POST.get("position", ""))
    if chosen is None:
        raise Invalid(text("你没有担任这个岗位"))
    request.session[POSITION_KEY] = chosen.pk
    messages.success(request, gettext("现在以“%(position)s”办理") % {"position": chosen.name})
    return redirect(_next(request))


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe else "/"
