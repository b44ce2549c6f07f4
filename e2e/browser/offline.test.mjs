// The network goes and comes back: nothing is lost, doubled or out of order, on either side of it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { launch, picture } from './browser.mjs';
import { Network } from './network.mjs';
import { Person } from './person.mjs';
import { IS_ELSEWHERE, startServer } from './server.mjs';

describe('losing the network', () => {
  let server, browser;

  before(async () => {
    server = await startServer();
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  test('who was away catches up, and what they wrote meanwhile arrives once', async () => {
    const network = await Network.to(server.url);
    const ann = await Person.register(browser, server.url, 'Ann');
    const bob = await Person.register(browser, network.url, 'Bob');
    await ann.startWith([bob]);
    await ann.write('before');
    await bob.open(ann.name);
    await bob.sees('before');

    network.cut();
    await bob.context.setOffline(true);
    await bob.page.getByText('You are offline').waitFor();
    const missed = Array.from({ length: 12 }, (_, index) => `missed ${index + 1}`);
    for (const text of missed) await ann.write(text);
    await ann.ticks('missed 12', 'Stored');
    await bob.write('written offline');
    await bob.ticks('written offline', 'Waiting to be sent');
    await picture(bob.page, 'offline');

    network.mend();
    await bob.context.setOffline(false);
    await bob.sees('missed 12');
    await bob.ticks('written offline', 'Read');
    await ann.ticks('missed 12', 'Read');
    const all = ['before', ...missed, 'written offline'];
    assert.deepEqual(await bob.texts(), all);
    assert.deepEqual(await ann.texts(), all);
    assert.deepEqual(
      await bob.seqs(),
      all.map((_, index) => index + 1),
    );
    await bob.page.getByText('You are offline').waitFor({ state: 'detached' });
    await ann.leave();
    await bob.leave();
    await network.close();
  });

  test('a line that breaks again and again while both write', async () => {
    const network = await Network.to(server.url);
    const ann = await Person.register(browser, server.url, 'Ann');
    const bob = await Person.register(browser, network.url, 'Bob');
    await ann.startWith([bob]);
    await bob.open(ann.name);
    const said = [];
    for (let round = 1; round <= 4; round += 1) {
      for (const person of [ann, bob]) {
        await person.write(`${person === ann ? 'Ann' : 'Bob'} ${round}`);
        said.push(`${person === ann ? 'Ann' : 'Bob'} ${round}`);
      }
      // Right after the send: its answer is on the way, or never will be.
      network.cut();
      await ann.write(`Ann alone ${round}`);
      said.push(`Ann alone ${round}`);
      network.mend();
      await bob.sees(`Ann alone ${round}`);
      await bob.ticks(`Bob ${round}`, 'Read');
    }
    const texts = await bob.texts();
    assert.deepEqual([...texts].sort(), [...said].sort(), 'lost or doubled');
    assert.deepEqual(await ann.texts(), texts, 'not the same order');
    await ann.leave();
    await bob.leave();
    await network.close();
  });

  test('what was written offline survives a reload', async () => {
    const network = await Network.to(server.url);
    const ann = await Person.register(browser, server.url, 'Ann');
    const bob = await Person.register(browser, network.url, 'Bob');
    await ann.startWith([bob]);
    await bob.open(ann.name);
    await bob.page.getByText('This is the beginning').waitFor();
    network.cut();
    await bob.write('kept');
    await bob.ticks('kept', 'Waiting to be sent');
    network.mend();
    await bob.page.reload();
    await ann.sees('kept');
    await bob.ticks('kept', 'Read');
    assert.deepEqual(await ann.texts(), ['kept']);
    await ann.leave();
    await bob.leave();
    await network.close();
  });

  test(
    'the server dies and comes back while both write',
    { skip: IS_ELSEWHERE && 'the server is not ours' },
    async () => {
      const network = await Network.to(server.url);
      const ann = await Person.register(browser, network.url, 'Ann');
      const bob = await Person.register(browser, network.url, 'Bob');
      await ann.startWith([bob]);
      await bob.open(ann.name);
      await ann.write('before');
      await bob.sees('before');

      const crashed = server.crash();
      for (const person of [ann, bob]) await person.write(`${person.name} meanwhile`);
      await crashed;
      network.point(server.url);
      await bob.sees(`${ann.name} meanwhile`);
      await ann.sees(`${bob.name} meanwhile`);
      await ann.ticks(`${ann.name} meanwhile`, 'Read');
      await bob.ticks(`${bob.name} meanwhile`, 'Read');
      const texts = await ann.texts();
      assert.equal(texts.length, 3, `lost or doubled: ${texts}`);
      assert.deepEqual(await bob.texts(), texts);
      for (const person of [ann, bob]) await person.leave();
      await network.close();
    },
  );
});
