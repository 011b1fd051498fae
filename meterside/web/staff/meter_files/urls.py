from django.urls import path

from .files import bring_in, file, files, upload
from .senders import make_sender_key, new_sender, revoke_sender_key, sender

urlpatterns = [
    path("staff/meter-files/", files, name="staff_meter_files"),
    path("staff/meter-files/upload/", upload, name="staff_upload_meter_file"),
    path("staff/meter-files/files/<uuid:file_id>/", file, name="staff_meter_file"),
    path("staff/meter-files/files/<uuid:file_id>/bring-in/", bring_in, name="staff_bring_in_meter_file"),
    path("staff/meter-files/senders/new/", new_sender, name="staff_new_meter_sender"),
    path("staff/meter-files/senders/<uuid:sender_id>/", sender, name="staff_meter_sender"),
    path("staff/meter-files/senders/<uuid:sender_id>/keys/", make_sender_key, name="staff_make_feed_key"),
    path(
        "staff/meter-files/senders/<uuid:sender_id>/keys/<uuid:key_id>/revoke/",
        revoke_sender_key,
        name="staff_revoke_feed_key",
    ),
]
