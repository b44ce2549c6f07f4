// Two browsers chat: live, with ticks, typing and presence; and what happens at the door.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { launch, picture } from './browser.mjs';
import { DESKTOP, Person } from './person.mjs';
import { startServer } from './server.mjs';

/** Of messages, in examples/chatcluster.yaml. */
const MORE_THAN_A_MINUTE_ALLOWS = 130;

describe('chatting', () => {
  let server, browser;

  before(async () => {
    server = await startServer();
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  test('two people talk live, and ticks tell how far a message got', async () => {
    const ann = await Person.register(browser, server.url, 'Ann');
    const bob = await Person.register(browser, server.url, 'Bob', { ...DESKTOP, colorScheme: 'dark' });
    await ann.startWith([bob]);

    // Bob's device has it, Bob has not looked.
    await ann.write('Hello Bob');
    await bob.row(ann.name).getByText('Hello Bob').waitFor();
    await bob.row(ann.name).getByText('1 unread').waitFor();
    await ann.ticks('Hello Bob', 'Delivered');

    await bob.open(ann.name);
    await bob.sees('Hello Bob');
    await ann.ticks('Hello Bob', 'Read');
    await bob.write('Hello Ann');
    await ann.sees('Hello Ann');
    await bob.ticks('Hello Ann', 'Read');
    assert.equal(await bob.row(ann.name).getByText('unread').count(), 0);

    await picture(ann.page, 'chat-light');
    await picture(bob.page, 'chat-dark');
    for (const person of [ann, bob]) {
      assert.deepEqual(await person.texts(), ['Hello Bob', 'Hello Ann']);
      person.expectNoComplaints();
      await person.leave();
    }
  });

  test('each tick comes in its turn', async () => {
    const ann = await Person.register(browser, server.url, 'Ann');
    const bob = await Person.register(browser, server.url, 'Bob');
    await ann.startWith([bob]);
    await bob.row(ann.name).waitFor();
    await bob.page.goto('about:blank');

    await ann.page.evaluate(recordTicks);
    await ann.write('Are you there?');
    await ann.ticks('Are you there?', 'Stored');
    await bob.page.goto(server.url);
    await ann.ticks('Are you there?', 'Delivered');
    await bob.open(ann.name);
    await ann.ticks('Are you there?', 'Read');

    const order = ['waiting', 'accepted', 'stored', 'delivered', 'read'];
    const seen = await ann.page.evaluate(() => window.ticksSeen);
    assert.deepEqual(
      seen,
      order.filter((tick) => seen.includes(tick)),
      'a tick went backwards or came twice',
    );
    // The acknowledgement and the stored message may come so close together that the screen skips one.
    assert.deepEqual(
      seen.filter((tick) => tick !== 'accepted'),
      ['waiting', 'stored', 'delivered', 'read'],
    );
    await ann.leave();
    await bob.leave();
  });

  test('typing and presence show', async () => {
    const ann = await Person.register(browser, server.url, 'Ann');
    const bob = await Person.register(browser, server.url, 'Bob');
    await ann.startWith([bob]);
    await ann.page.getByRole('main').getByText('Online').waitFor();
    await bob.open(ann.name);

    await bob.composer().pressSequentially('Thinking');
    await ann.page.getByRole('main').getByText(`${bob.name} is typing`).waitFor();
    await picture(ann.page, 'typing');
    await bob.composer().press('Enter');
    await ann.sees('Thinking');
    await ann.page.getByText(`${bob.name} is typing`).first().waitFor({ state: 'detached' });

    await bob.leave();
    await ann.page.getByRole('main').getByText('Last seen just now').waitFor();
    await ann.leave();
  });

  test('a group of three', async () => {
    const ann = await Person.register(browser, server.url, 'Ann');
    const bob = await Person.register(browser, server.url, 'Bob');
    const eve = await Person.register(browser, server.url, 'Eve');
    await ann.startWith([bob, eve], 'Lunch');
    await ann.write('Where to?');
    await bob.open('Lunch');
    await bob.sees('Where to?');
    await ann.ticks('Where to?', 'Delivered');
    await eve.open('Lunch');
    await ann.ticks('Where to?', 'Read');
    await eve.write('The usual');
    await bob.message('The usual').getByText(eve.name).waitFor();
    await picture(bob.page, 'group');
    for (const person of [ann, bob, eve]) await person.leave();
  });

  test('the door says what is wrong', async () => {
    const ann = await Person.register(browser, server.url, 'Ann');
    await ann.page.getByRole('button', { name: 'Log out' }).click();
    await ann.page.getByRole('heading', { name: 'Welcome back' }).waitFor();
    await picture(ann.page, 'door');

    await ann.logIn('not the password');
    await ann.page.getByRole('alert').getByText('The address or the password is wrong').waitFor();
    await picture(ann.page, 'wrong-password');

    await ann.logIn();
    await ann.page.getByRole('heading', { name: ann.name }).waitFor();
    // A reload stays in.
    await ann.page.reload();
    await ann.page.getByRole('heading', { name: ann.name }).waitFor();
    await ann.leave();
  });

  test('edits, reactions and deletions from elsewhere show where the message is', async () => {
    const ann = await Person.register(browser, server.url, 'Ann');
    const bob = await Person.register(browser, server.url, 'Bob');
    await ann.startWith([bob]);
    await ann.write('Helo');
    await ann.write('A secret');
    await bob.open(ann.name);
    await bob.sees('A secret');

    // As another client of Ann's would.
    const [helo, secret] = await ann.history();
    await ann.call('PATCH', `/messages/${helo.id}`, { text: 'Hello' });
    await ann.call('PUT', `/messages/${helo.id}/reactions/${encodeURIComponent('❤️')}`);
    await ann.call('DELETE', `/messages/${secret.id}`);
    for (const person of [ann, bob]) {
      await person.message('Hello').getByText('edited').waitFor();
      await person.message('Hello').getByText('❤️ 1').waitFor();
      await person.page.getByText('This message was deleted.').waitFor();
    }
    // Fetched afresh it is the same.
    await bob.page.reload();
    await bob.message('Hello').getByText('❤️ 1').waitFor();
    assert.deepEqual(await bob.texts(), ['Hello']);
    await ann.leave();
    await bob.leave();
  });

  test('the demo accounts are one click away', async () => {
    const answer = await fetch(`${server.url}/demo.json`);
    const { accounts } = answer.ok ? await answer.json() : { accounts: [] };
    const guest = await Person.arrive(browser, server.url, 'Guest');
    await guest.page.goto(server.url);
    await guest.page.getByRole('heading', { name: 'Welcome back' }).waitFor();
    const offers = guest.page.getByRole('button', { name: /^Log in as / });
    if (accounts.length > 0) await offers.first().waitFor();
    assert.equal(await offers.count(), accounts.length);
    await picture(guest.page, 'demo-accounts');
    for (const { name } of accounts) {
      await guest.page.getByRole('button', { name: `Log in as ${name}` }).click();
      await guest.page.getByRole('heading', { name }).waitFor();
      await guest.page.getByRole('button', { name: 'Log out' }).click();
    }
    guest.expectNoComplaints();
    await guest.leave();
  });

  test('what is too long is not sent', async () => {
    const ann = await Person.register(browser, server.url, 'Ann');
    const bob = await Person.register(browser, server.url, 'Bob');
    await ann.startWith([bob]);
    await ann.composer().fill('x'.repeat(5_001));
    await ann.page.getByText('-1', { exact: true }).waitFor();
    assert.equal(await ann.page.getByRole('button', { name: 'Send' }).isDisabled(), true);
    await ann.write('Something shorter');
    await ann.ticks('Something shorter', 'Delivered');
    await ann.leave();
    await bob.leave();
  });

  test('too much at once rests until the limit lets it pass', async () => {
    const ann = await Person.register(browser, server.url, 'Ann');
    const bob = await Person.register(browser, server.url, 'Bob');
    await ann.startWith([bob]);
    for (let number = 1; number <= MORE_THAN_A_MINUTE_ALLOWS; number += 1) await ann.write(`Flood ${number}`);
    await ann.page.getByText(/Sending goes on in \d+ s/).waitFor();
    await ann.ticks('Flood 1', 'Delivered');
    await ann.ticks(`Flood ${MORE_THAN_A_MINUTE_ALLOWS}`, 'Waiting to be sent');
    await picture(ann.page, 'limited');
    await ann.leave();
    await bob.leave();
  });
});

/** Runs in the page: notes each state that the newest message's tick takes. */
function recordTicks() {
  window.ticksSeen = [];
  const note = () => {
    const tick = [...document.querySelectorAll('article[data-tick]')].at(-1)?.dataset.tick;
    if (tick && tick !== window.ticksSeen.at(-1)) window.ticksSeen.push(tick);
  };
  new MutationObserver(note).observe(document.body, { subtree: true, childList: true, attributes: true });
}
