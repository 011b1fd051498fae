"""Registry: who and where. Names follow CIM 61968-9 and MultiSpeak CB where those have one."""

from .accounts import Account, AccountAlias, PersonAccountRole
from .characteristics import RegistryCharacteristic
from .devices import Channel, Device, DeviceInstallation, Multiplier, Register
from .persons import ContactPoint, Person
from .premises import PersonPremiseRole, Premise, ServicePoint
from .routes import ReadRoute, RouteStop

__all__ = [
    "Account",
    "AccountAlias",
    "Channel",
    "ContactPoint",
    "Device",
    "DeviceInstallation",
    "Multiplier",
    "Person",
    "PersonAccountRole",
    "PersonPremiseRole",
    "Premise",
    "ReadRoute",
    "Register",
    "RegistryCharacteristic",
    "RouteStop",
    "ServicePoint",
]
