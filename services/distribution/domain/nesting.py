"""Lists that include others: what is wrong with it, and whom each list names in the end. Pure.

A list names its members, its subscribers, and whom the lists that it includes name; whoever has unsubscribed from a
list is not named by it, whichever way they came. Which reports an included list takes by itself does not count: its
people are included for every report that the including list takes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import chain

from services.distribution.domain.mailing_list import MailingList
from services.distribution.domain.subscription import Subscriber
from shared.contracts.lists import ListMode, subscription_ids

Includes = Mapping[str, Sequence[str]]
"""The names of the lists that each list includes, by its name."""


def includes_of(lists: Iterable[MailingList]) -> dict[str, tuple[str, ...]]:
    """Return what each list includes, by its name."""
    return {each.name: each.includes for each in lists}


def circle_through(name: str, includes: Includes) -> tuple[str, ...]:
    """Return the shortest way from a list back to itself, both ends named; nothing when there is none."""
    came_from: dict[str, str] = {}
    queue = deque([name])
    while queue:
        at = queue.popleft()
        for found in includes.get(at, ()):
            if found == name:
                return (*_way(at, name, came_from), name)
            if found not in came_from:
                came_from[found] = at
                queue.append(found)
    return ()


def first_circle(includes: Includes) -> tuple[str, ...]:
    """Return a circle of lists that include each other; nothing when there is none."""
    try:
        TopologicalSorter(includes).prepare()
    except CycleError as error:
        return tuple(reversed(error.args[1]))
    return ()


def missing(includes: Includes) -> tuple[tuple[str, str], ...]:
    """Return each list and each list that it includes though there is none of that name."""
    return tuple((name, each) for name, inner in includes.items() for each in inner if each not in includes)


def reached(names: Iterable[str], includes: Includes) -> dict[str, Sequence[str]]:
    """Return these lists, and those that they include over any number of steps, as far as they exist."""
    queue, found = deque(names), dict[str, Sequence[str]]()
    while queue:
        name = queue.popleft()
        if name in includes and name not in found:
            found[name] = includes[name]
            queue.extend(includes[name])
    return found


def named_by(
    lists: Iterable[MailingList],
    names: Iterable[str],
    subscribers: Iterable[Subscriber] = (),
    unsubscribed: Collection[str] = frozenset(),
) -> dict[str, tuple[str, ...]]:
    """Return whom these lists, and the lists inside them, name: by the name of the list, each person once.

    Every list is looked at once, the included ones first. Circles are refused where lists are made; two that were
    made at the same time may close one all the same, and then everybody on it is named by each of its lists.
    """
    known = {each.name: each for each in lists}
    wanted = reached(names, includes_of(known.values()))
    own = _own(known, wanted, subscribers)
    order, rounds = _order(wanted)
    found: dict[str, dict[str, str]] = {name: {} for name in wanted}
    for _ in range(rounds):
        before = {name: len(people) for name, people in found.items()}
        for name in order:
            found[name] = _named(name, [own[name], *(found[i] for i in wanted[name] if i in found)], unsubscribed)
        if all(len(found[name]) == number for name, number in before.items()):
            break
    return {name: tuple(people.values()) for name, people in found.items()}


def _own(
    known: Mapping[str, MailingList], wanted: Includes, subscribers: Iterable[Subscriber]
) -> dict[str, dict[str, str]]:
    """Return members and subscribers of each list, by their address in small letters."""
    own = {name: {email.lower(): email for email in _members(known[name])} for name in wanted}
    for each in subscribers:
        if each.list in own:
            own[each.list].setdefault(each.email.lower(), each.email)
    return own


def _members(mailing_list: MailingList) -> tuple[str, ...]:
    """Return its members, or its address when they are known only behind that."""
    if mailing_list.members or mailing_list.includes or mailing_list.mode is not ListMode.LIST:
        return mailing_list.members
    return (mailing_list.address,) if mailing_list.address else ()


def _named(name: str, sources: Sequence[Mapping[str, str]], unsubscribed: Collection[str]) -> dict[str, str]:
    people: dict[str, str] = {}
    for key, email in chain.from_iterable(source.items() for source in sources):
        people.setdefault(key, email)
    if not unsubscribed:
        return people
    ids = subscription_ids(name, people)
    return {key: email for id, (key, email) in zip(ids, people.items(), strict=True) if id not in unsubscribed}


def _order(wanted: Includes) -> tuple[list[str], int]:
    """Return the lists with the included ones first, and how often to go through them at most."""
    try:
        order = TopologicalSorter(wanted).static_order()
        return [name for name in order if name in wanted], 1
    except CycleError:
        return list(wanted), len(wanted)


def _way(at: str, start: str, came_from: Mapping[str, str]) -> tuple[str, ...]:
    way = [at]
    while way[-1] != start:
        way.append(came_from[way[-1]])
    return tuple(reversed(way))
