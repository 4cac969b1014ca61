from rest_framework.routers import SimpleRouter

from apps.recipes import views

app_name = "recipes"

router = SimpleRouter(use_regex_path=False)
router.register("recipes", views.RecipeViewSet, basename="recipe")
router.register("tags", views.TagViewSet, basename="tag")
router.register("ingredients", views.IngredientViewSet, basename="ingredient")

urlpatterns = router.urls
