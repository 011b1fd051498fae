"""The household profile: given freely, for better estimates, and deleted at once."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from meterside.portal.access.roles import Right
from meterside.portal.preferences.operations import delete_household, keep_household
from meterside.portal.preferences.queries import Household, household_of
from meterside.web.customer import CustomerRequest, customer_view
from meterside.web.fields import status_of

_YES_NO = [("", _("Rather not say")), ("yes", _("Yes")), ("no", _("No"))]
_HEATING = [
    ("", _("Rather not say")),
    ("electric", _("Electric")),
    ("heat_pump", _("Heat pump")),
    ("gas", _("Gas")),
    ("other", _("Something else")),
]
_WORDS = {True: "yes", False: "no", None: ""}
_TOLD = {"yes": True, "no": False, "": None}


class HouseholdForm(forms.Form):
    """All of it may stay empty."""

    people = forms.IntegerField(
        label=_("How many people live here?"),
        required=False,
        min_value=1,
        max_value=50,
        error_messages={
            "invalid": _("Enter a whole number from 1 to 50."),
            "min_value": _("Enter a whole number from 1 to 50."),
            "max_value": _("Enter a whole number from 1 to 50."),
        },
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    area_sqft = forms.IntegerField(
        label=_("How large is the home, in square feet?"),
        required=False,
        min_value=100,
        max_value=100_000,
        error_messages={
            "invalid": _("Enter a whole number from 100 to 100,000."),
            "min_value": _("Enter a whole number from 100 to 100,000."),
            "max_value": _("Enter a whole number from 100 to 100,000."),
        },
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    heating = forms.ChoiceField(label=_("How is it heated?"), choices=_HEATING, required=False)
    has_ev = forms.ChoiceField(label=_("Is an electric car charged here?"), choices=_YES_NO, required=False)
    has_pool = forms.ChoiceField(label=_("Is there a pool?"), choices=_YES_NO, required=False)

    def household(self) -> Household:
        """What was said."""
        data = self.cleaned_data
        return Household(
            people=data["people"],
            area_sqft=data["area_sqft"],
            heating=data["heating"],
            has_ev=_TOLD[data["has_ev"]],
            has_pool=_TOLD[data["has_pool"]],
        )


@customer_view(right=Right.MANAGE)
@require_http_methods(["GET", "POST"])
def household(request: CustomerRequest) -> HttpResponse:
    """Give or change it."""
    account = request.portal.account_ref
    kept = household_of(account)
    before = kept or Household()
    form = HouseholdForm(
        request.POST if request.method == "POST" else None,
        initial={
            "people": before.people,
            "area_sqft": before.area_sqft,
            "heating": before.heating,
            "has_ev": _WORDS[before.has_ev],
            "has_pool": _WORDS[before.has_pool],
        },
    )
    if form.is_bound and form.is_valid():
        keep_household(account=account, household=form.household())
        return redirect(f"{reverse('usage_household')}?changed=kept")
    changed = request.GET.get("changed", "")
    context = {
        "nav_current": "usage",
        "form": form,
        "is_kept": kept is not None,
        "changed": changed if changed in ("kept", "deleted") else "",
    }
    return render(request, "customer/usage/household.html", context, status=status_of(form))


@customer_view(right=Right.MANAGE)
@require_POST
def forget(request: CustomerRequest) -> HttpResponse:
    """Delete it, whole."""
    delete_household(account=request.portal.account_ref)
    return redirect(f"{reverse('usage_household')}?changed=deleted")
