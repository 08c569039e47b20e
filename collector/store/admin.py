"""What engines keep for those who sign in, each part in a module of its own.

The collector needs none of it, and so it is no part of the Store contract.
"""

from __future__ import annotations

from collector.store.access import AccessStore
from collector.store.accounts import AccountStore
from collector.store.alerting import AlertingStore
from collector.store.annotating import AnnotatingStore
from collector.store.configuring import ConfiguringStore
from collector.store.contacts import ContactStore
from collector.store.identites import IdentiteStore
from collector.store.leasing import LeasingStore
from collector.store.listing import ListingStore
from collector.store.presence import PresenceStore
from collector.store.purging import PurgingStore
from collector.store.questioning import QuestioningStore
from collector.store.watching import WatchingStore


class AdminStore(
    AccessStore,
    AccountStore,
    PurgingStore,
    QuestioningStore,
    IdentiteStore,
    AlertingStore,
    LeasingStore,
    AnnotatingStore,
    WatchingStore,
    ConfiguringStore,
    ListingStore,
    PresenceStore,
    ContactStore,
):
    """Everything the administration asks of a store, besides the Store contract."""
