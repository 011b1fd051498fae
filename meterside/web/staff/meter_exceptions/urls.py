from django.urls import path

from .views import queue, show, undo

urlpatterns = [
    path("staff/metering/exceptions/", queue, name="staff_read_exceptions"),
    path("staff/metering/exceptions/<uuid:exception_id>/", show, name="staff_read_exception"),
    path(
        "staff/metering/exceptions/<uuid:exception_id>/edits/<uuid:edit_id>/undo/",
        undo,
        name="staff_undo_edit",
    ),
]
