"""An operator takes note of an alert: who and when is written into its record, which the worker looks at each second.

Only panel/queues/urls.py calls this module. What an operator does not see he cannot acknowledge either, and is not
told that it is there.
"""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from panel.accounts.models import Operator
from panel.live.models import Alert
from panel.live.visibility import audience_of, may_see
from panel.queues.models import ACKNOWLEDGE, AlertRecord
from panel.vocabulary import Kind


@require_POST
@never_cache
def acknowledge(request: HttpRequest, key: str) -> JsonResponse:
    """`{by}`: the name of who has acknowledged it, which may have been somebody else before. Otherwise `{text}`, why
    not, with status 401, 403 or 404.
    """
    operator = request.user
    if not isinstance(operator, Operator) or not operator.is_welcome:
        return _refused(401, _("Nobody is logged in here any more."))
    if not operator.has_perm(ACKNOWLEDGE):
        return _refused(403, _("You may not acknowledge alerts. An administrator can give you the right."))
    shown = Alert.objects.filter(key=key).first()
    up = AlertRecord.objects.filter(key=key, fell_at=None)
    if shown is None or not may_see(audience_of(operator), Kind.ALERT, shown.groups, shown.row) or not up.exists():
        return _refused(404, _("This alert is over."))
    up.filter(acknowledged_at=None).update(acknowledged_at=timezone.now(), acknowledged_by=operator.shown_name)
    return JsonResponse({"by": up.values_list("acknowledged_by", flat=True).first() or operator.shown_name})


def _refused(status: int, text: str) -> JsonResponse:
    return JsonResponse({"text": text}, status=status)
