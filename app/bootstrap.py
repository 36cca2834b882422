"""Wiring by hand: from settings to everything that serves; embedded and production differ here and nowhere else."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from app.accounts.cookie import Site, site_of
from app.accounts.service import Accounts
from app.kernel.clock import Clock
from app.kernel.db import Database
from app.kernel.engine import open_database
from app.kernel.keys import Keys, load_keys, make_missing_keys
from app.kernel.log.topics import Topics
from app.kernel.settings import Settings
from app.meetings.machine import MeetingMachine
from app.meetings.service import Meetings
from realtime.broker import Broker
from realtime.broker_memory import MemoryBroker, MemoryBus
from realtime.broker_redis import RedisBroker
from realtime.node import Node
from realtime.ports import Position, Viewer
from realtime.presence import MemoryRoom, Presence
from realtime.presence_redis import RedisPresence
