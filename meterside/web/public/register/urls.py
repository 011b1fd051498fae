from django.urls import path

from . import views

urlpatterns = [
    path("register/", views.find, name="register"),
    path("register/prove/", views.prove, name="register_prove"),
    path("register/prove/again/", views.prove_again, name="register_prove_again"),
    path("register/last-bill/", views.last_bill, name="register_last_bill"),
    path("register/confirm/", views.confirm, name="register_confirm"),
    path("register/confirm/again/", views.confirm_again, name="register_confirm_again"),
    path("register/finish/", views.finish, name="register_finish"),
]
