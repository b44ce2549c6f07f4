// A login lasts longer than its tokens, in all of a browser's tabs, without the connection being interrupted.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { launch } from './browser.mjs';
import { Person } from './person.mjs';
import { startServer } from './server.mjs';

/** The tokens of short-tokens.yaml live for 30 s and are renewed before that. */
const LIFETIME_MS = 30_000;

describe('a login', () => {
  let server, browser;

  before(async () => {
    server = await startServer('short-tokens.yaml');
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  test('outlives its tokens on one connection, in two tabs', async () => {
    const ann = await Person.register(browser, server.url, 'Ann');
    const bob = await Person.register(browser, server.url, 'Bob');
    await ann.startWith([bob]);
    const tab = await ann.context.newPage();
    const sockets = [];
    tab.on('websocket', (socket) => sockets.push(socket));
    await tab.goto(ann.page.url());
    await tab.getByRole('textbox', { name: /^Message to/ }).waitFor();
    const old = await accessToken(tab);
    const oldEnds = Date.now() + LIFETIME_MS;

    await tab.waitForFunction((token) => !localStorage.getItem('talkline.session').includes(token), old, {
      timeout: LIFETIME_MS,
    });
    await tab.waitForFunction((time) => Date.now() > time, oldEnds + 2_000, { timeout: LIFETIME_MS });
    await bob.open(ann.name);
    await bob.write('Still there?');
    await ann.sees('Still there?');
    await tab.getByRole('log').getByText('Still there?').waitFor();
    await ann.write('Of course');
    await bob.sees('Of course');
    assert.equal(sockets.length, 1, 'the connection was interrupted');

    // Out in one tab is out in all.
    await ann.page.getByRole('button', { name: 'Log out' }).click();
    await tab.getByRole('heading', { name: 'Welcome back' }).waitFor();
    await ann.leave();
    await bob.leave();
  });
});

function accessToken(page) {
  return page.evaluate(() => JSON.parse(localStorage.getItem('talkline.session')).accessToken);
}
