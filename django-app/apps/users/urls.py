from django.urls import path

from apps.users import views

app_name = "users"

urlpatterns = [
    path("users/", views.RegistrationView.as_view(), name="register"),
    path("users/token/", views.TokenView.as_view(), name="token"),
    path("users/me/", views.MeView.as_view(), name="me"),
]
