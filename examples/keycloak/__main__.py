"""Run the issuer on 127.0.0.1:8180 and the backend on 127.0.0.1:8181, until Ctrl-C."""

from __future__ import annotations

from typing import Any

from twisted.internet import reactor
from twisted.web.server import Site

from examples.keycloak import issuer, orders

ISSUER, ORDERS = 8180, 8181


def main() -> None:
    """Listen and serve."""
    world: Any = reactor
    realm = issuer.Realm(f"http://127.0.0.1:{ISSUER}/realms/shop")
    for port, app in ((ISSUER, issuer.application(realm)), (ORDERS, orders.application())):
        world.listenTCP(port, Site(app.resource()), interface="127.0.0.1")
    print(f"the realm is {realm.url}; try  alice  and  bob", flush=True)
    world.run()


if __name__ == "__main__":
    main()
