from django.urls import path

from apps.core.api import operations
from apps.users import views

app_name = "users"

urlpatterns = [
    path("users/", operations(post=views.RegisterApi), name="register"),
    path(
        "users/token/",
        operations(post=views.TokenCreateApi, delete=views.TokenRevokeApi),
        name="token",
    ),
    path(
        "users/session/",
        operations(post=views.SessionCreateApi, delete=views.SessionEndApi),
        name="session",
    ),
    path(
        "users/me/",
        operations(get=views.MeApi, patch=views.MeUpdateApi, delete=views.MeDeleteApi),
        name="me",
    ),
]
