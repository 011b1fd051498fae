from django.urls import path

from .views import today

urlpatterns = [path("staff/", today, name="staff_today")]
