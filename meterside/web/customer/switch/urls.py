from django.urls import path

from . import views

urlpatterns = [path("account/switch/", views.switch_account, name="switch_account")]
