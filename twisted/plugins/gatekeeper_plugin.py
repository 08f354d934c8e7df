"""Tell ``twistd`` and ``twist`` that there is a gateway."""

from twisted.application.service import ServiceMaker

gatekeeper = ServiceMaker(
    "Gatekeeper",
    "gatekeeper.tap",
    "An API gateway that runs KrakenD configuration files",
    "gatekeeper",
)
