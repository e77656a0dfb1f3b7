"""Letters: what is sent by a real server for mail, and when none answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from email import message_from_bytes
from email.message import Message
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests.web.browser import Browser
from tests.web.signin.people import PASSWORD, address_of, begin, invitation
from tests.web.signin.served import free_port
from tests.world import World

Open = Callable[..., Browser]


class Box:
    """Takes letters, or refuses them."""

    def __init__(self) -> None:
        self.letters: list[Message] = []
        self.refuses = False

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self.refuses:
            return "451 not now"
        self.letters.append(message_from_bytes(envelope.content, policy=default))
        return "250 taken"


@pytest.fixture
def box(world: World) -> Iterator[Box]:
    made = Box()
    server = Controller(made, hostname="127.0.0.1", port=(port := free_port()))
    server.start()
    try:
        world.app.letters.smtp = f"smtp://127.0.0.1:{port}"
        yield made
    finally:
        server.stop()


def sent(world: World) -> int:
    world.app.processes.catch_up("letters")
    return world.app.letters.send_due()


def words_of(letter: Message) -> str:
    return str(letter.get_content())  # type: ignore[attr-defined]


def test_an_invitation_goes_by_mail_and_its_link_begins(
    world: World, browser: Open, box: Box
) -> None:
    link = invitation(world, world.educator)
    assert sent(world) == 1
    (letter,) = box.letters
    assert letter["To"] == address_of(world, world.educator)
    assert link in words_of(letter)
    her = browser()
    answer = her.submit(link, {"password": PASSWORD}, action=link, which=-1)
    assert answer.status_code == 303
    for file in world.app.settings.home.iterdir():  # neither secret nor address lies about
        if file.is_file():
            kept = file.read_bytes()
            assert link.rpartition("/")[2].encode() not in kept, file
            assert address_of(world, world.educator).encode() not in kept, file


def test_recovery_sends_a_link_to_whom_it_belongs_and_says_the_same_to_all(
    world: World, browser: Open, box: Box
) -> None:
    begin(world, browser(), world.educator)
    sent(world)
    box.letters.clear()
    address = address_of(world, world.educator)
    for asked in (address, "nobody@example.org"):
        answer = browser().submit("/sign-in/recover", {"address": asked})
        assert answer.status_code == 200
        assert "belongs to somebody here" in answer.text
    assert sent(world) == 1
    (letter,) = box.letters
    link = re.search(r"/invitations/\S+", words_of(letter))
    assert link is not None
    her = browser()
    another = "nine quiet harbours wait"
    done = her.submit(link[0], {"password": another}, action=link[0], which=-1)
    assert done.status_code == 303
    box.letters.clear()
    sent(world)
    assert "changed" in str(box.letters[0]["Subject"])
    world.clock.now += timedelta(hours=2)
    browser().submit("/sign-in/recover", {"address": address})
    sent(world)
    late = re.search(r"/invitations/\S+", words_of(box.letters[-1]))
    assert late is not None
    world.clock.now += timedelta(minutes=61)
    assert browser().get(late[0]).status_code == 410


def test_what_no_server_takes_is_tried_with_growing_pauses_and_given_up(
    world: World, box: Box
) -> None:
    box.refuses = True
    invitation(world, world.educator)
    pauses = []
    for _ in range(30):
        assert sent(world) == 0
        waiting = world.app.letters.waiting()
        if waiting and waiting[0].due is None:
            break
        if waiting:
            assert waiting[0].due is not None
            pauses.append(waiting[0].due - world.clock.now)
            world.clock.now = max(world.clock.now, waiting[0].due)
    assert waiting[0].tries == 10
    assert pauses == sorted(pauses)
    assert waiting[0].due is None
    box.refuses = False
    world.clock.now += timedelta(days=2)
    assert sent(world) == 0


def test_one_letter_for_one_event_and_none_for_the_erased(world: World, box: Box) -> None:
    invitation(world, world.educator)
    world.app.processes.catch_up("letters")
    world.app.processes.catch_up("letters")
    world.forget(world.educator)
    assert sent(world) == 0
    assert box.letters == []
