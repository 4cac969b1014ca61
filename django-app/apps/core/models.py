from django.conf import settings
from django.db import models


class IdempotencyKey(models.Model):
    """A request that made something, with its answer; see apps.core.idempotency."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,  # the constraint's index starts with it
    )
    key = models.CharField(max_length=255)
    # SHA-256 of the request, so that a key that is used for another request is noticed.
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField()
    body = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("user", "key"), name="idempotency_user_key_unique"),
        )

    def __str__(self) -> str:
        return self.key
