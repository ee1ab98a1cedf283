"""The admin site: one log-in with the board, and a content policy that Django's own scripts can live with.

Only Django calls it (panel/apps.py).
"""

from __future__ import annotations

from typing import Any

from csp.decorators import csp_replace
from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _


class PanelAdminSite(AdminSite):
    site_title = site_header = _("Cordboard")
    index_title = _("Administration")
    site_url = "/"

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        # The admin's jQuery writes to innerHTML, which trusted types forbid.
        return csp_replace({"require-trusted-types-for": None})(super().admin_view(view, cacheable))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The board's own log-in page, so that its limits hold here as well."""
        if request.user.is_authenticated:
            # Logged in already, and still sent here: the account is not for the admin.
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next", request.path))
