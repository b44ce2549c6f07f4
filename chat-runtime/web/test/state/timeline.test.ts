// The law of a timeline: stale state and the events since, in any order and number, equal a fresh fetch.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  beforeSeq,
  catchUp,
  change,
  isBehind,
  openTimeline,
  prepend,
  reachedBy,
  receive,
  type Timeline,
} from '../../src/state/timeline';
import { ServerModel, type Event, type Operation } from './server-model';

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Operation>({ do: 'send' }) },
  fc.record({ do: fc.constantFrom('edit' as const, 'delete' as const), which: fc.nat(30) }),
  fc.record({
    do: fc.constant('react' as const),
    which: fc.nat(30),
    emoji: fc.constantFrom('👍', '❤️'),
    by: fc.constantFrom('ann', 'bob'),
  }),
  fc.constant<Operation>({ do: 'members' }),
  fc.record({ do: fc.constant('expire' as const), which: fc.nat(20) }),
);
const operations = fc.array(operation, { maxLength: 40 });

function onEvent(timeline: Timeline, event: Event): Timeline {
  return event.on === 'receive' ? receive(timeline, [event.message]) : change(timeline, [event.change]);
}

function loadAll(timeline: Timeline, server: ServerModel): Timeline {
  let loaded = timeline;
  while (loaded.hasOlder) {
    loaded = prepend(loaded, server.history(beforeSeq(loaded), 7), reachedBy(loaded).changeSeq);
  }
  return loaded;
}

function syncAll(timeline: Timeline, server: ServerModel, limit: number): Timeline {
  let synced = timeline;
  for (let more = true; more;) {
    const { seq, changeSeq } = reachedBy(synced);
    const answer = server.sync(seq, changeSeq, limit);
    synced = catchUp(synced, answer);
    more = answer.hasMore;
  }
  return synced;
}

function opened(server: ServerModel, history: readonly Operation[]): Timeline {
  history.forEach((op) => server.apply(op));
  return openTimeline({ seq: server.seq, changeSeq: server.changeSeq });
}

describe('a timeline', () => {
  it('equals a fresh fetch after every event, shuffled and repeated', () => {
    const deliveries = fc.array(fc.nat(1000), { maxLength: 30 });
    fc.assert(
      fc.property(operations, operations, deliveries, fc.infiniteStream(fc.nat(1000)), (past, news, twice, order) => {
        const server = new ServerModel();
        let timeline = opened(server, past);
        const from = server.events.length;
        news.forEach((op) => server.apply(op));
        const events = server.events.slice(from);
        const repeated = events.length > 0 ? twice.map((n) => events[n % events.length] as Event) : [];
        const shuffled = [...events, ...repeated]
          .map((event) => ({ event, key: order.next().value as number }))
          .sort((a, b) => a.key - b.key);
        for (const { event } of shuffled) timeline = onEvent(timeline, event);
        expect(isBehind(timeline)).toBe(false);
        expect(loadAll(timeline, server).messages).toEqual(server.fresh());
      }),
      { numRuns: 2000 },
    );
  });

  /** What may happen while one is connected badly: answers are worked out at one time and arrive at another. */
  type Step =
    | { readonly step: 'operate'; readonly op: Operation }
    | { readonly step: 'deliver' | 'lose'; readonly pick: number }
    | { readonly step: 'ask history' | 'ask sync'; readonly limit: number }
    | { readonly step: 'answer'; readonly pick: number };
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 4, arbitrary: operation.map((op): Step => ({ step: 'operate', op })) },
    { weight: 4, arbitrary: fc.nat(50).map((pick): Step => ({ step: 'deliver', pick })) },
    fc.nat(50).map((pick): Step => ({ step: 'lose', pick })),
    {
      weight: 2,
      arbitrary: fc.integer({ min: 1, max: 9 }).map((limit): Step => ({ step: 'ask history', limit })),
    },
    fc.integer({ min: 1, max: 9 }).map((limit): Step => ({ step: 'ask sync', limit })),
    { weight: 2, arbitrary: fc.nat(50).map((pick): Step => ({ step: 'answer', pick })) },
  );

  it('equals a fresh fetch after one sync, whatever was lost, late or overtaken', () => {
    fc.assert(
      fc.property(
        operations,
        fc.array(step, { maxLength: 80 }),
        fc.integer({ min: 1, max: 9 }),
        (past, steps, limit) => {
          const server = new ServerModel();
          let timeline = opened(server, past);
          let heard = server.events.length;
          const under_way: Event[] = [];
          const answers: ((timeline: Timeline) => Timeline)[] = [];
          for (const next of steps) {
            switch (next.step) {
              case 'operate':
                server.apply(next.op);
                under_way.push(...server.events.slice(heard));
                heard = server.events.length;
                break;
              case 'deliver':
              case 'lose': {
                const [event] = under_way.splice(next.pick % (under_way.length || 1), 1);
                if (event && next.step === 'deliver') timeline = onEvent(timeline, event);
                break;
              }
              case 'ask history': {
                const page = server.history(beforeSeq(timeline), next.limit);
                const asOf = reachedBy(timeline).changeSeq;
                answers.push((now) => prepend(now, page, asOf));
                break;
              }
              case 'ask sync': {
                const { seq, changeSeq } = reachedBy(timeline);
                const answer = server.sync(seq, changeSeq, next.limit);
                answers.push((now) => catchUp(now, answer));
                break;
              }
              case 'answer': {
                const [answer] = answers.splice(next.pick % (answers.length || 1), 1);
                if (answer) timeline = answer(timeline);
              }
            }
          }
          const synced = syncAll(timeline, server, limit);
          expect(isBehind(synced)).toBe(false);
          expect(loadAll(synced, server).messages).toEqual(server.fresh());
        },
      ),
      { numRuns: 5000 },
    );
  });

  it('knows that it is behind as soon as anything beyond a gap is heard of', () => {
    const server = new ServerModel();
    const timeline = opened(server, [{ do: 'send' }]);
    server.apply({ do: 'send' });
    server.apply({ do: 'send' });
    const ahead = onEvent(timeline, server.events[2] as Event);
    expect(isBehind(ahead)).toBe(true);
    expect(ahead.messages).toEqual([]);
    expect(isBehind(onEvent(ahead, server.events[1] as Event))).toBe(false);
  });
});
