"""Being told of one's own use: found as data arrives, said once, out of quiet hours, easy to switch off."""

from .evaluate import Evaluated, evaluate_accounts
from .off import OffLink, off_address, read_off_link, switch_off
from .tell import tell_waiting
from .words import alert_page, headline, sentences

__all__ = [
    "Evaluated",
    "OffLink",
    "alert_page",
    "evaluate_accounts",
    "headline",
    "off_address",
    "read_off_link",
    "sentences",
    "switch_off",
    "tell_waiting",
]
