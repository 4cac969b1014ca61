from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from notes.models import Note


@csrf_exempt
def notes(request: HttpRequest) -> JsonResponse:
    """All notes, and the database that they come from; a POST adds one."""
    if request.method == "POST":
        return JsonResponse({"id": Note.objects.create(text=request.POST["text"]).pk}, status=201)
    texts = list(Note.objects.order_by("pk").values_list("text", flat=True))
    with connection.cursor() as cursor:
        cursor.execute("SELECT version()")
        [version] = cursor.fetchone()
    return JsonResponse({"notes": texts, "database": version})
