"""Log-in by name and password; permissions come from the roles in force, never from rows somebody ticked."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend


class RoleBackend(ModelBackend):
    """Answers ``has_perm`` from ``accounts.roles.VERBS`` and the person's grants."""

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Return the verbs of the person's roles in force."""
        return user_obj.verbs() if user_obj.is_active and not user_obj.is_anonymous else set()

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Staff may open every desk they have a verb on."""
        return bool(user_obj.is_active and user_obj.is_staff)
