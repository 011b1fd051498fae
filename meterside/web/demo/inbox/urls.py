from django.urls import path

from . import views

urlpatterns = [
    path("demo/inbox/", views.inbox, name="demo_inbox"),
    path("demo/inbox/<uuid:message_id>/", views.message, name="demo_message"),
]
