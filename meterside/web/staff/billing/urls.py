from django.urls import path

from .bills import bill, bills, cancel, deposit, dismiss, late_fee, off_cycle, pdf
from .cycles import change, cycle, move, new_route, order, route
from .policies import policies, policy
from .queue import exception, exceptions
from .runs import act, open_one, run, runs

urlpatterns = [
    path("staff/billing/", runs, name="staff_runs"),
    path("staff/billing/open/", open_one, name="staff_open_run"),
    path("staff/billing/runs/<uuid:run_id>/", run, name="staff_run"),
    path("staff/billing/runs/<uuid:run_id>/<slug:action>/", act, name="staff_run_act"),
    path("staff/billing/cycles/<str:code>/", cycle, name="staff_cycle"),
    path("staff/billing/cycles/<str:code>/change/", change, name="staff_change_cycle"),
    path("staff/billing/cycles/<str:code>/routes/", new_route, name="staff_new_route"),
    path("staff/billing/routes/<str:code>/", route, name="staff_route"),
    path("staff/billing/routes/<str:code>/order/", order, name="staff_route_order"),
    path("staff/billing/routes/<str:code>/move/", move, name="staff_route_move"),
    path("staff/billing/policies/", policies, name="staff_policies"),
    path("staff/billing/policies/<slug:kind>/", policy, name="staff_policy"),
    path("staff/billing/exceptions/", exceptions, name="staff_exceptions"),
    path("staff/billing/exceptions/<uuid:exception_id>/", exception, name="staff_exception"),
    path("staff/billing/bills/", bills, name="staff_bills"),
    path("staff/billing/bills/deposit/", deposit, name="staff_deposit"),
    path("staff/billing/bills/off-cycle/", off_cycle, name="staff_off_cycle"),
    path("staff/billing/bills/<uuid:bill_id>/", bill, name="staff_bill"),
    path("staff/billing/bills/<uuid:bill_id>/cancel/", cancel, name="staff_cancel_bill"),
    path("staff/billing/bills/<uuid:bill_id>/late-fee/", late_fee, name="staff_late_fee"),
    path("staff/billing/bills/<uuid:bill_id>/pdf/", pdf, name="staff_bill_pdf"),
    path("staff/billing/corrections/<uuid:correction_id>/dismiss/", dismiss, name="staff_dismiss_correction"),
]
