from django.urls import path

from . import views

urlpatterns = [path("demo/progress/", views.progress, name="demo_progress")]
