from django.apps import AppConfig


class RecipesConfig(AppConfig):
    name = "apps.recipes"

    def ready(self) -> None:
        from apps.recipes import signals  # noqa: F401 - connects the receivers
