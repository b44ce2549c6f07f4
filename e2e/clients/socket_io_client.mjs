// The contract's core with the official client:
//   node socket_io_client.mjs URL websocket|polling|upgrade
// Prints each check that holds, and ends with 1 at the first that does not.
import assert from 'node:assert/strict';
import { argv, exit } from 'node:process';
import { Person, post } from './person.mjs';

const TRANSPORTS = { websocket: ['websocket'], polling: ['polling'], upgrade: ['polling', 'websocket'] };
const BURST = 50;

const [url, way] = argv.slice(2);
const transports = TRANSPORTS[way];
const name = (person) => `${person}-${way}`;

const CHECKS = {
  async 'a token that is none is refused'() {
    for (const auth of [{}, { token: 'none' }]) {
      const stranger = Person.stranger(url, transports, auth);
      stranger.socket.connect();
      assert.equal((await stranger.next('connect_error')).message, 'UNAUTHENTICATED');
      stranger.socket.disconnect();
    }
  },

  async 'a token lets in, over the transport that was asked for'({ ann, bob }) {
    for (const person of [ann, bob]) {
      await person.connect();
      const { engine } = person.socket.io;
      if (way === 'upgrade' && engine.transport.name !== 'websocket') {
        await new Promise((resolve) => engine.once('upgrade', resolve));
      }
      assert.equal(engine.transport.name, way === 'polling' ? 'polling' : 'websocket');
    }
  },

  async 'messages are acknowledged, and received by both in their order'({ ann, bob, room }) {
    const names = Array.from({ length: BURST }, (_, index) => `burst-${index + 1}`);
    const answers = await Promise.all(names.map((name) => ann.ok('chat:send', message(room, name))));
    const ids = new Map(answers.map((answer) => [answer.clientMessageId, answer.id]));
    const orders = [];
    for (const person of [ann, bob]) {
      const order = [];
      for (let seq = 1; seq <= BURST; seq += 1) {
        const received = await person.next('chat:receive');
        const { clientMessageId } = received;
        assert.deepEqual([received.seq, received.senderId], [seq, ann.id]);
        assert.deepEqual([received.id, received.text], [ids.get(clientMessageId), `text of ${clientMessageId}`]);
        order.push(clientMessageId);
      }
      orders.push(order);
    }
    assert.deepEqual(orders[0], orders[1]);
    assert.equal(new Set(orders[0]).size, BURST);
  },

  async 'a retry has the same id, and is no second message'({ ann, bob, room }) {
    const { id } = await ann.ok('chat:send', message(room, 'once'));
    assert.equal((await ann.ok('chat:send', message(room, 'once'))).id, id);
    await ann.ok('chat:send', message(room, 'next'));
    assert.equal((await bob.next('chat:receive')).id, id);
    assert.equal((await bob.next('chat:receive')).clientMessageId, 'next');
  },

  async 'receipts are stored, and told to the other'({ ann, bob, room }) {
    for (const [event, seq] of [
      ['chat:delivered', BURST],
      ['chat:seen', BURST - 1],
    ]) {
      await bob.ok(event, { conversationId: room, seq });
      const told = await ann.next(`${event}:ack`);
      assert.deepEqual([told.conversationId, told.userId, told.seq], [room, bob.id, seq]);
    }
  },

  async 'typing is told to the other'({ ann, bob, room }) {
    for (const [event, typing] of [
      ['chat:typing:start', true],
      ['chat:typing:stop', false],
    ]) {
      bob.socket.emit(event, { conversationId: room });
      const expected = { conversationId: room, userId: bob.id, typing };
      assert.deepEqual(await ann.next('chat:typing:update'), expected);
    }
  },

  async 'presence is told, and answered'({ ann, bob }) {
    await bob.ok('presence:set', { status: 'away' });
    await ann.next('presence:update', ({ userId, status }) => userId === bob.id && status === 'away');
    const { users } = await ann.ok('presence:get', { userIds: [bob.id] });
    assert.equal(users[bob.id].status, 'away');
  },

  async 'who is no member is refused'({ bob, room }) {
    const carol = await Person.register(url, name('carol'), transports);
    await carol.connect();
    const answer = await carol.ask('chat:send', message(room, 'from outside'));
    assert.deepEqual([answer.ok, answer.error.code], [false, 'NOT_A_MEMBER']);
    carol.socket.disconnect();
    assert.ok(!bob.events.some((event) => event.name === 'chat:receive'));
  },

  async 'who leaves is offline, and who comes is online'({ ann, bob }) {
    for (const status of ['offline', 'online']) {
      ann.events.length = 0;
      if (status === 'offline') bob.socket.disconnect();
      else bob.socket.connect();
      await ann.next('presence:update', (update) => update.userId === bob.id && update.status === status);
    }
    await bob.next('connect');
    bob.events.length = 0;
  },

  async 'a lost connection comes back by itself, and catches up'({ ann, bob, room }) {
    bob.socket.io.engine.close();
    await bob.next('disconnect');
    const sent = [];
    for (const n of [1, 2, 3]) sent.push((await ann.ok('chat:send', message(room, `missed-${n}`))).id);
    await bob.next('connect');
    const last = await ann.next('chat:receive', (received) => received.id === sent.at(-1));
    const known = last.seq - sent.length;
    const answer = await bob.ok('chat:sync', { conversations: { [room]: { seq: known, changeSeq: 0 } } });
    const { messages, seq, headSeq, hasMore, marks } = answer.conversations[room];
    assert.deepEqual(
      messages.map(({ id }) => id),
      sent,
    );
    assert.deepEqual([seq, headSeq, hasMore], [last.seq, last.seq, false]);
    const mark = marks.find(({ userId }) => userId === bob.id);
    assert.ok(mark.deliveredSeq >= BURST && mark.readSeq >= BURST - 1, JSON.stringify(mark));
  },
};

function message(room, clientMessageId) {
  return { conversationId: room, clientMessageId, text: `text of ${clientMessageId}` };
}

const ann = await Person.register(url, name('ann'), transports);
const bob = await Person.register(url, name('bob'), transports);
const { id: room } = await post(url, '/conversations', { type: 'direct', members: [bob.id] }, ann.token);
for (const [check, holds] of Object.entries(CHECKS)) {
  try {
    await holds({ ann, bob, room });
  } catch (error) {
    console.error(`not ok: ${check}`, error);
    exit(1);
  }
  console.log(`ok: ${check}`);
}
for (const person of [ann, bob]) person.socket.disconnect();
