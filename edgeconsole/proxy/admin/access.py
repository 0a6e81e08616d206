"""Who may call and who is about: bearer tokens made, listed and revoked; notes of presence."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from edgeconsole.config.bearer_tokens import StoredToken
from edgeconsole.model.durations import parse_duration
from edgeconsole.model.observed import EventKind
from edgeconsole.proxy.admin.call import Call, Handler, read
from edgeconsole.proxy.admin.refusals import not_found
from edgeconsole.wire.messages import Items, PresenceNote, RevokeAnswer, Token, TokenCreated, TokenRequest

log = logging.getLogger(__name__)


async def _tokens(call: Call) -> Any:
    return Items(tuple(_told(stored) for stored in await asyncio.to_thread(call.shared.tokens.all)))


async def _tokens_create(call: Call) -> Any:
    asked = await read(call, TokenRequest)
    life = parse_duration(asked.expires)
    async with call.shared.changing_tokens:
        made = await asyncio.to_thread(call.shared.tokens.create, asked.name, asked.role.value, life, call.caller.name)
    log.info("token %s (%s, %s) made by %s", made.stored.id, made.stored.name, made.stored.role, call.caller.name)
    return TokenCreated(secret=made.text, token=_told(made.stored))


async def _tokens_revoke(call: Call) -> Any:
    identity = call.request.match_info["id"]
    async with call.shared.changing_tokens:
        revoked = await asyncio.to_thread(call.shared.tokens.revoke, identity)
    if not revoked:
        raise not_found("token of that id")
    log.info("token %s revoked by %s", identity, call.caller.name)
    return RevokeAnswer(revoked=True)


def _told(stored: StoredToken) -> Token:
    return Token(
        id=stored.id,
        name=stored.name,
        role=stored.role,
        created=stored.created,
        expires=stored.expires,
        created_by=stored.created_by,
        last_used=stored.last_used,
    )


async def _presence(call: Call) -> Any:
    return Items(call.shared.presence.all())


async def _presence_put(call: Call) -> Any:
    note = await read(call, PresenceNote)
    if call.shared.presence.put(call.caller.subject, call.caller.name, note):
        call.service.edge.events.add(EventKind.PRESENCE)
    return Items(call.shared.presence.all())


HANDLERS: Mapping[str, Handler] = {
    "tokens": _tokens,
    "tokens_create": _tokens_create,
    "tokens_revoke": _tokens_revoke,
    "presence": _presence,
    "presence_put": _presence_put,
}
"""Tokens are made by the proxy, never by the command itself: one writer, known to the history of the log, and a
revocation counts at once."""
