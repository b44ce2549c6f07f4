// Pairs of people who stay, with the official client and as in a browser, which keeps a proxy's cookies:
//   node crowd.mjs URL PAIRS
// Half of the pairs poll, the others begin like that and upgrade to a WebSocket. Each line of the input is a task, and each task done
// a line of the output:
//   connect  everybody does
//   stay     a full interval between two pings goes by, in which nobody speaks and nobody is disconnected
//   talk     everybody is connected, or again, and tells the other something, who receives it
//   check    all that was told is stored, once and in its order
// Ends with 1 at the first that does not hold. When the input ends, everybody takes leave.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { argv, exit, stdin } from 'node:process';
import { createInterface } from 'node:readline';
import { get, Person, post } from './person.mjs';

/** An interval of pings, 25 s, and some time. */
const QUIET_MS = 45_000;
/** How long who lost a gateway may take to find another one, on a loaded machine. */
const RETURN_MS = 60_000;
/** How long one question may take meanwhile. */
const ANSWER_MS = 2_000;

const [url, count] = argv.slice(2);
const WAYS = [['polling'], ['polling', 'websocket']];

const pairs = await Promise.all(Array.from({ length: Number(count) }, (_, index) => pair(index)));
const people = pairs.flatMap(({ ann, bob }) => [ann, bob]);
let round = 0;
let leaves = 0;

const TASKS = {
  async connect() {
    await Promise.all(people.map((person) => person.connect()));
    for (const person of people) person.socket.on('disconnect', () => (leaves += 1));
    await Promise.all(pairs.flatMap(({ ann, bob, way }) => (way.length > 1 ? [upgraded(ann), upgraded(bob)] : [])));
  },

  async stay() {
    const before = leaves;
    for (let pings = 0; pings < 2; pings += 1) {
      await Promise.all(people.map(pinged));
    }
    assert.equal(leaves, before, 'somebody was disconnected');
  },

  async talk() {
    round += 1;
    await Promise.all(pairs.map(({ ann, bob }) => Promise.all([returned(ann), returned(bob)])));
    await Promise.all(pairs.map(({ ann, bob, room }) => tell(ann, bob, room)));
  },

  async check() {
    const told = Array.from({ length: round }, (_, index) => text(index + 1));
    for (const { ann, room } of pairs) {
      const { messages } = await get(url, `/messages/conversation/${room}?limit=100`, ann.token);
      assert.deepEqual(
        messages.map((message) => message.text),
        told,
      );
    }
  },
};

async function pair(index) {
  const way = WAYS[index % WAYS.length];
  const [ann, bob] = await Promise.all(
    ['ann', 'bob'].map((name) => Person.register(url, name, way, { withCredentials: true, reconnectionDelayMax: 1_000 })),
  );
  const { id: room } = await post(url, '/conversations', { type: 'direct', members: [bob.id] }, ann.token);
  return { ann, bob, room, way };
}

async function pinged({ socket }) {
  await once(socket.io.engine, 'ping', { signal: AbortSignal.timeout(QUIET_MS) });
}

async function upgraded({ socket }) {
  const { engine } = socket.io;
  const signal = AbortSignal.timeout(RETURN_MS);
  if (engine.transport.name !== 'websocket') await once(engine, 'upgrade', { signal });
}

/** Waits until a question is answered: whoever polls may not know yet that the gateway has gone. */
async function returned({ id, socket }) {
  const end = Date.now() + RETURN_MS;
  const ask = () => socket.timeout(ANSWER_MS).emitWithAck('presence:get', { userIds: [id] });
  while (!(await ask().catch(() => undefined))?.ok) assert.ok(Date.now() < end, 'somebody does not come back');
}

async function tell(from, to, room) {
  const message = { conversationId: room, clientMessageId: `${from.id}-${round}`, text: text(round) };
  await from.ok('chat:send', message);
  await to.next('chat:receive', (received) => received.clientMessageId === message.clientMessageId);
}

function text(of) {
  return `of round ${of}`;
}

console.log('there');
for await (const task of createInterface({ input: stdin })) {
  try {
    await TASKS[task]();
  } catch (error) {
    console.error(`${task}:`, error);
    exit(1);
  }
  console.log(task);
}
for (const person of people) person.socket.disconnect();
