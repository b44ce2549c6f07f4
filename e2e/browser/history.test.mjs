// A long history: read page by page upwards, without the place that one reads moving; and all of it on a phone.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { launch, picture } from './browser.mjs';
import { eventually, Person, PHONE } from './person.mjs';
import { startServer } from './server.mjs';

const MESSAGES = 170;
const STEP_PX = 120;

describe('a long history', () => {
  let server, browser, ann, bob;

  before(async () => {
    // So much in so short a time needs a server without limits.
    server = await startServer('../../examples/loadtest.yaml');
    browser = await launch();
    ann = await Person.register(browser, server.url, 'Ann');
    bob = await Person.register(browser, server.url, 'Bob', { ...PHONE, colorScheme: 'dark' });
    await ann.startWith([bob]);
    await fill(ann, MESSAGES);
    await ann.ticks(`Message number ${MESSAGES}`, 'Delivered');
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  test('is read upwards to its beginning, and the place stays', async () => {
    await ann.page.reload();
    await ann.sees(`Message number ${MESSAGES}`);
    const log = ann.page.getByRole('log');
    assert.ok((await ann.seqs()).length <= 60, 'a page at a time');

    let place = await readingPlace(log);
    let moved = 0;
    await eventually('the beginning', async () => {
      await log.evaluate((box, by) => box.scrollBy({ top: -by }), STEP_PX);
      const next = await readingPlace(log, place.seq);
      moved = Math.max(moved, Math.abs(next.followed - place.top));
      place = next;
      return ann.page.getByText('This is the beginning of the conversation.').isVisible();
    });
    // A page that is put in above must not add to what was scrolled.
    assert.ok(moved <= STEP_PX + 5, `the place moved by ${moved} pixels`);
    assert.deepEqual(
      await ann.seqs(),
      Array.from({ length: MESSAGES }, (_, index) => index + 1),
    );

    await ann.page.getByRole('button', { name: 'To the newest message' }).click();
    await ann.write('the end');
    await ann.ticks('the end', 'Delivered');
    await bob.row(ann.name).getByText('unread').waitFor();
    await ann.leave();
  });

  test('what the server cannot answer just now is asked for again, and not in a storm', async () => {
    const { page } = bob;
    const refusals = { list: 0, history: 0 };
    const refuse = (what) => (route) => {
      refusals[what] += 1;
      const problem = { status: 503, code: 'UNAVAILABLE', title: 'The service cannot answer just now' };
      return route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify(problem) });
    };
    await page.route('**/api/v1/conversations?*', refuse('list'));
    await page.reload();
    await eventually('the list was refused', () => refusals.list > 0);
    await page.unroute('**/api/v1/conversations?*');
    await bob.row(ann.name).waitFor();

    await page.route('**/api/v1/messages/conversation/**', refuse('history'));
    await bob.open(ann.name);
    await page.getByText('The service cannot answer just now').waitFor();
    await page.unroute('**/api/v1/messages/conversation/**');
    await page.getByRole('button', { name: 'Try again' }).click();
    await bob.sees(`Message number ${MESSAGES}`);

    await page.route('**/api/v1/messages/conversation/**', refuse('history'));
    await page.getByRole('log').evaluate((box) => box.scrollTo({ top: 0 }));
    await eventually('an older page was refused', () => refusals.history > 1);
    await page.unroute('**/api/v1/messages/conversation/**');
    await eventually('the older page came', async () => (await bob.seqs()).length > 50);
    assert.ok(refusals.list + refusals.history <= 5, `a storm: ${JSON.stringify(refusals)}`);
    await page.getByRole('button', { name: 'Back to the list' }).click();
  });

  test('on a phone: the list, the unread, the conversation, and back', async () => {
    await picture(bob.page, 'phone-list');
    await bob.open(ann.name);
    await bob.sees('the end');
    assert.equal(await bob.row(ann.name).isVisible(), false);
    await picture(bob.page, 'phone-conversation');
    const width = await bob.page.evaluate(() => document.documentElement.scrollWidth);
    assert.equal(width, PHONE.viewport.width, 'nothing sticks out');

    await bob.page.getByRole('button', { name: 'Back to the list' }).click();
    await bob.row(ann.name).waitFor();
    assert.equal(await bob.composer().isVisible(), false);
    await bob.page.goBack();
    await bob.composer().waitFor();
    bob.expectNoComplaints();
    await bob.leave();
  });
});

/** Sends as another device of this person's would. */
async function fill(person, count) {
  const conversationId = person.conversationId();
  for (let number = 1; number <= count; number += 1) {
    const message = { conversationId, clientMessageId: `fill-${number}`, text: `Message number ${number}` };
    await person.call('POST', '/chat/send', message);
  }
}

/** The first message in view and where it stands; and where the one stands that was followed until now. */
function readingPlace(log, follow) {
  return log.evaluate((box, wanted) => {
    const topOf = (row) => row.getBoundingClientRect().top;
    const rows = [...box.querySelectorAll('article[data-seq]')];
    const followed = rows.find((row) => Number(row.dataset.seq) === wanted);
    const first = rows.find((row) => topOf(row) >= topOf(box));
    return { seq: Number(first.dataset.seq), top: topOf(first), followed: followed && topOf(followed) };
  }, follow);
}
