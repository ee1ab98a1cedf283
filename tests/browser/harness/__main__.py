"""Shows the board with a made-up office: `python -m tests.browser.harness --extensions 500 --rate 10`."""

from __future__ import annotations

import argparse
import asyncio
import os


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--extensions", type=int, default=60)
    parser.add_argument("--rate", type=float, default=2, help="changes a second")
    options = parser.parse_args()

    from tests.browser.harness.office import Office
    from tests.browser.harness.server import Harness
    from tests.browser.harness.site import Site

    async with Site(is_kept=False) as site, Harness(site) as harness:
        office = Office(harness, options.extensions)
        office.furnish()
        print(f"{harness.address}/ and {harness.address}/queues/", flush=True)
        while True:
            await asyncio.sleep(1 / options.rate)
            await office.move()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "panel.settings")
    import django

    django.setup()
    asyncio.run(main())
