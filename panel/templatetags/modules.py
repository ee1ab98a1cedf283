"""`{% importmap %}`: lets the page's ES modules find each other under their hashed names.

Used by templates/base.html, before any script. Source files keep ordinary relative imports; collectstatic renames
the files but not what stands in them, so the browser is told: whoever asks for /static/panel/js/store.js gets
/static/panel/js/store.4f0c….js.
"""

from __future__ import annotations

import json
from typing import Any

from django import template
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.template.context import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe


MODULES = "panel/js/"
"""Where the page's modules are, below STATIC_URL. The admin's scripts are not modules and stay out."""

register = template.Library()


def module_urls() -> dict[str, str]:
    """Each module's URL as it is imported, and the hashed one. Empty where nothing is hashed (DEBUG, or before
    collectstatic).
    """
    hashed: dict[str, str] = getattr(staticfiles_storage, "hashed_files", {})
    base = settings.STATIC_URL
    return {
        base + name: base + hashed[name] for name in sorted(hashed) if name.startswith(MODULES) and name.endswith(".js")
    }


@register.simple_tag(takes_context=True)
def importmap(context: Context, *, preload: bool = True) -> SafeString:
    """The import map, and a preload for each module so that they come at once and not one import after the other; a
    page that needs few of them leaves that out.

    The map is an inline script: it carries the response's nonce, and using the nonce is what puts it into the policy.
    """
    urls = module_urls()
    request: Any = context.get("request")
    if not urls or request is None:
        return mark_safe("")
    # Inside a script element, only "<" could end it.
    text = mark_safe(json.dumps({"imports": urls}, separators=(",", ":")).replace("<", "\\u003c"))
    early = urls.values() if preload else ()
    preloads = format_html_join("\n", '<link rel="modulepreload" href="{}">', ((url,) for url in early))
    script = format_html('<script type="importmap" nonce="{}">{}</script>', str(request.csp_nonce), text)
    return format_html("{}\n{}", script, preloads)
