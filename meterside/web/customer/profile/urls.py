from django.urls import path

from . import views

urlpatterns = [
    path("profile/", views.profile, name="profile"),
    path("profile/name/", views.name, name="profile_name"),
    path("profile/email/", views.email, name="profile_email"),
    path("profile/email/confirm/", views.confirm_email, name="profile_email_confirm"),
    path("profile/people/invite/", views.invite, name="invite_helper"),
    path(
        "profile/people/invitations/<uuid:invitation>/withdraw/", views.withdraw, name="withdraw_invitation"
    ),
    path("profile/people/<uuid:access>/end/", views.end, name="end_access"),
]
