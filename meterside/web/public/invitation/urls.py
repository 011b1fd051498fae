from django.urls import path

from . import views

urlpatterns = [path("invitation/<str:secret>/", views.invitation, name="invitation")]
