"""What MongoDB's refusals mean, and what helps."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import unquote, urlsplit

from pymongo.errors import OperationFailure, PyMongoError, ServerSelectionTimeoutError

from shared.messaging.nodes import place
from shared.trouble import NotReady, Trouble, line_trouble, said

SETTING = "AFTERWORD_MONGO_URL"
NO_LOGIN, NO_RIGHT, NO_SET = 18, 13, 20
OTHER_INDEX = (85, 86)
"""An index of this name, or on these fields, is there with other options."""
SET = "start every mongod with --replSet NAME and run rs.initiate() once, in mongosh"


def database_trouble(error: BaseException, url: str) -> Trouble:
    """Return what is wrong with a database that answered with this error."""
    where = f"MongoDB at {place(url)}"
    user = unquote(urlsplit(url).username or "")
    if isinstance(error, OperationFailure):
        return Trouble(where, *_refused(error, user))
    if isinstance(error, ServerSelectionTimeoutError):
        return _not_found(where, said(error))
    found = line_trouble(where, error, SETTING)
    return found or Trouble(where, f"says: {said(error)[:200]}", f"see its log and {SETTING}")


def explained(work: Callable[[], Awaitable[None]], url: str) -> Callable[[], Awaitable[None]]:
    """Return the same work, whose errors of the database say what helps.

    It raises: NotReady.
    """

    async def do() -> None:
        try:
            await work()
        except PyMongoError as error:
            raise NotReady(str(database_trouble(error, url))) from error

    return do


def _refused(error: OperationFailure, user: str) -> tuple[str, str]:
    code, why = error.code, error.details.get("errmsg", said(error)) if error.details else said(error)
    if code == NO_LOGIN:
        return f"refuses the login of {user!r}", f"set name, password and authSource in {SETTING}"
    if code == NO_RIGHT:
        return f"refuses {user!r} something: {why}", "in mongosh: db.grantRolesToUser(USER, ['readWriteAnyDatabase'])"
    if code in OTHER_INDEX:
        return f"has another index: {why}", "in mongosh: db.COLLECTION.dropIndex(NAME); the room makes it anew"
    if code == NO_SET:
        return f"is no replica set: {why}", SET
    return f"says: {why}", "see its log"


def _not_found(where: str, why: str) -> Trouble:
    """The driver waits for a member that takes writes and says why none did in words alone."""
    if "refused" in why:
        return Trouble(where, "is not there (connection refused)", f"start it, or put its address into {SETTING}")
    if "not known" in why or "nodename" in why:
        return Trouble(where, "has a name that nobody knows", f"put the right host into {SETTING}")
    if "No replica set members" in why or "replica set name" in why.lower():
        return Trouble(where, "is no member of the replica set that is asked for", f"see replicaSet in {SETTING}")
    if "NoPrimary" in why or "No primary" in why or "writable" in why:
        return Trouble(where, "has no primary that takes writes", "start the missing members; rs.status() in mongosh")
    return Trouble(where, "says nothing", f"see whether it is MongoDB, and the firewalls; or set {SETTING}")
