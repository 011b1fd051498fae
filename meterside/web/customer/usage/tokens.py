"""Keys with which a person's own programs read their use: made, shown once, closed."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from meterside.portal.access.roles import Right
from meterside.portal.preferences.operations import TooManyTokens, make_token, revoke_token
from meterside.portal.preferences.queries import tokens_of
from meterside.web.customer import CustomerRequest, customer_view
from meterside.web.fields import NameField, status_of


class TokenForm(forms.Form):
    """What the key is for."""

    name = NameField(
        label=gettext_lazy("What is it for?"), widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


@customer_view(right=Right.VIEW)
@require_http_methods(["GET", "POST"])
@sensitive_variables("secret")
def tokens(request: CustomerRequest) -> HttpResponse:
    """The keys there are; a new one is shown on the page that made it, and never again."""
    account, login = request.portal.account_ref, request.user
    form = TokenForm(request.POST if request.method == "POST" else None)
    secret = ""
    if form.is_bound and form.is_valid():
        try:
            secret = make_token(login_id=login.pk, account=account, name=form.cleaned_data["name"])
        except TooManyTokens:
            form.add_error(None, _("Ten keys are open. Close one first."))
    context = {
        "nav_current": "usage",
        "form": TokenForm() if secret else form,
        "secret": secret,
        "tokens": tokens_of(login_id=login.pk, account=account),
        "is_closed": request.GET.get("changed") == "closed",
        "api_url": f"{settings.BASE_URL}{reverse('api_usage_services')}",
    }
    return render(request, "customer/usage/tokens.html", context, status=status_of(form))


@customer_view(right=Right.VIEW)
@require_POST
def close(request: CustomerRequest, token: UUID) -> HttpResponse:
    """Close one of one's own keys. Raises Http404 for any other."""
    done = revoke_token(login_id=request.user.pk, account=request.portal.account_ref, public_id=token)
    if not done:
        raise Http404
    return redirect(f"{reverse('usage_tokens')}?changed=closed")
