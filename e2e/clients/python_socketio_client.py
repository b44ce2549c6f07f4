"""The contract's core with python-socketio: python_socketio_client.py URL websocket|polling|upgrade

Prints each check that holds, and ends with 1 at the first that does not.
"""

import asyncio
import functools
import sys
import traceback

import aiohttp
import socketio

# Longer than anything that a check waits for takes on a loaded machine, in seconds.
DEADLINE = 20
BURST = 50
TRANSPORTS = {"websocket": ["websocket"], "polling": ["polling"], "upgrade": ["polling", "websocket"]}


async def post(url, path, body, token=None):
    """POSTs JSON and answers the JSON that comes back."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    timeout = aiohttp.ClientTimeout(total=DEADLINE)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        async with session.post(f"{url}/api/v1{path}", json=body, headers=headers) as response:
            assert response.ok, (path, response.status, await response.text())
            return await response.json()


class Person:
    """Somebody with an account and one connection. What comes is kept until a check asks for it."""

    def __init__(self, url, way, user=None, token=None):
        self.url, self.way, self.id, self.token = url, way, user, token
        self.socket = socketio.AsyncClient(reconnection_delay=0.1)
        self.events = []
        self.news = asyncio.Condition()
        self.socket.on("*", self.keep)
        for name in ("connect", "connect_error", "disconnect"):
            self.socket.on(name, functools.partial(self.keep, name))

    @classmethod
    async def register(cls, url, way, name):
        body = {"email": f"{name}-{way}@example.net", "password": f"the password of {name}", "name": name}
        answer = await post(url, "/auth/register", body)
        return cls(url, way, answer["user"]["id"], answer["accessToken"])

    async def connect(self, **auth):
        auth = auth or {"token": self.token}
        await self.socket.connect(self.url, auth=auth, transports=TRANSPORTS[self.way], wait_timeout=DEADLINE)

    async def keep(self, name, payload=None):
        async with self.news:
            self.events.append((name, payload))
            self.news.notify_all()

    async def next(self, name, fits=lambda payload: True):
        """The payload of the next event of this name that fits; others stay."""

        def found():
            return [event for event in self.events if event[0] == name and fits(event[1])]

        async with self.news:
            try:
                event = (await asyncio.wait_for(self.news.wait_for(found), DEADLINE))[0]
            except asyncio.TimeoutError as late:
                raise AssertionError(f"no {name}; there are {self.events}") from late
            self.events.remove(event)
            return event[1]

    async def ask(self, event, payload):
        return await self.socket.call(event, payload, timeout=DEADLINE)

    async def ok(self, event, payload):
        answer = await self.ask(event, payload)
        assert answer["ok"] is True, (event, answer)
        return answer


class Scene:
    """Two people and their room, and what must hold there: each method is a check, in this order."""

    @classmethod
    async def make(cls, url, way):
        scene = cls()
        scene.url, scene.way = url, way
        scene.ann = await Person.register(url, way, "ann")
        scene.bob = await Person.register(url, way, "bob")
        body = {"type": "direct", "members": [scene.bob.id]}
        scene.room = (await post(url, "/conversations", body, scene.ann.token))["id"]
        return scene

    def message(self, name):
        return {"conversationId": self.room, "clientMessageId": name, "text": f"text of {name}"}

    async def a_token_that_is_none_is_refused(self):
        stranger = Person(self.url, self.way)
        try:
            await stranger.connect(token="none")
        except socketio.exceptions.ConnectionError:
            why = await stranger.next("connect_error")
            assert why["message"] == "UNAUTHENTICATED", why
            return
        raise AssertionError("let in")

    async def a_token_lets_in_over_the_transport_that_was_asked_for(self):
        for person in (self.ann, self.bob):
            await person.connect()
            await person.next("connect")
            expected = "polling" if self.way == "polling" else "websocket"
            assert person.socket.transport() == expected, person.socket.transport()

    async def messages_are_acknowledged_and_received_by_both_in_their_order(self):
        names = [f"burst-{n}" for n in range(1, BURST + 1)]
        answers = await asyncio.gather(*(self.ann.ok("chat:send", self.message(name)) for name in names))
        ids = {answer["clientMessageId"]: answer["id"] for answer in answers}
        orders = []
        for person in (self.ann, self.bob):
            received = [await person.next("chat:receive") for _ in names]
            assert [message["seq"] for message in received] == list(range(1, BURST + 1)), received
            for message in received:
                name = message["clientMessageId"]
                assert (message["id"], message["text"]) == (ids[name], f"text of {name}"), message
            orders.append([message["id"] for message in received])
        assert orders[0] == orders[1] and sorted(orders[0]) == sorted(ids.values())

    async def a_retry_has_the_same_id_and_is_no_second_message(self):
        first = await self.ann.ok("chat:send", self.message("once"))
        again = await self.ann.ok("chat:send", self.message("once"))
        assert first["id"] == again["id"], (first, again)
        await self.ann.ok("chat:send", self.message("next"))
        assert (await self.bob.next("chat:receive"))["id"] == first["id"]
        assert (await self.bob.next("chat:receive"))["clientMessageId"] == "next"

    async def receipts_are_stored_and_told_to_the_other(self):
        for event, seq in (("chat:delivered", BURST), ("chat:seen", BURST - 1)):
            await self.bob.ok(event, {"conversationId": self.room, "seq": seq})
            told = await self.ann.next(f"{event}:ack")
            assert (told["conversationId"], told["userId"], told["seq"]) == (self.room, self.bob.id, seq), told

    async def typing_is_told_to_the_other(self):
        for event, typing in (("chat:typing:start", True), ("chat:typing:stop", False)):
            await self.bob.socket.emit(event, {"conversationId": self.room})
            told = await self.ann.next("chat:typing:update")
            assert told == {"conversationId": self.room, "userId": self.bob.id, "typing": typing}, told

    async def presence_is_told_and_answered(self):
        await self.bob.ok("presence:set", {"status": "away"})
        await self.ann.next("presence:update", lambda p: (p["userId"], p["status"]) == (self.bob.id, "away"))
        answer = await self.ann.ok("presence:get", {"userIds": [self.bob.id]})
        assert answer["users"][self.bob.id]["status"] == "away", answer

    async def who_leaves_is_offline_and_who_comes_is_online(self):
        bob = self.bob
        goes, comes = bob.socket.disconnect, bob.connect
        for change, own, status in ((goes, "disconnect", "offline"), (comes, "connect", "online")):
            self.ann.events.clear()
            await change()
            await bob.next(own)
            await self.ann.next("presence:update", lambda p: (p["userId"], p["status"]) == (bob.id, status))
        bob.events.clear()

    async def a_lost_connection_comes_back_by_itself_and_catches_up(self):
        # As the network does it: without a disconnect packet, and behind the client's back.
        engine = self.bob.socket.eio
        await (engine.http.close() if self.way == "polling" else engine.ws.close())
        await self.bob.next("disconnect")
        sent = [(await self.ann.ok("chat:send", self.message(f"missed-{n}")))["id"] for n in range(3)]
        await self.bob.next("connect")
        last = await self.ann.next("chat:receive", lambda message: message["id"] == sent[-1])
        position = {"seq": last["seq"] - len(sent), "changeSeq": 0}
        answer = await self.bob.ok("chat:sync", {"conversations": {self.room: position}})
        caught_up = answer["conversations"][self.room]
        assert [message["id"] for message in caught_up["messages"]] == sent, caught_up
        reached = (caught_up["seq"], caught_up["headSeq"], caught_up["hasMore"])
        assert reached == (last["seq"], last["seq"], False), caught_up


CHECKS = [
    Scene.a_token_that_is_none_is_refused,
    Scene.a_token_lets_in_over_the_transport_that_was_asked_for,
    Scene.messages_are_acknowledged_and_received_by_both_in_their_order,
    Scene.a_retry_has_the_same_id_and_is_no_second_message,
    Scene.receipts_are_stored_and_told_to_the_other,
    Scene.typing_is_told_to_the_other,
    Scene.presence_is_told_and_answered,
    Scene.who_leaves_is_offline_and_who_comes_is_online,
    Scene.a_lost_connection_comes_back_by_itself_and_catches_up,
]


async def main(url, way):
    scene = await Scene.make(url, way)
    for check in CHECKS:
        name = check.__name__.replace("_", " ")
        try:
            await check(scene)
        except Exception:
            print(f"not ok: {name}", file=sys.stderr)
            traceback.print_exc()
            return 1
        print(f"ok: {name}", flush=True)
    for person in (scene.ann, scene.bob):
        await person.socket.disconnect()
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*sys.argv[1:])))
