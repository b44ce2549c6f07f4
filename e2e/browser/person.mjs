// Someone with a browser of their own: what they do, and what they see.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';

/** How long anything on the screen may take on a busy machine. */
export const SOON_MS = 15_000;

export const DESKTOP = { viewport: { width: 1180, height: 760 } };
export const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };

export class Person {
  constructor(name, url, context, page) {
    // Two runs against one server must not meet.
    this.name = `${name} ${randomUUID().slice(0, 8)}`;
    this.email = `${name.toLowerCase()}-${randomUUID()}@example.org`;
    this.password = `a good password for ${name}`;
    this.url = url;
    this.context = context;
    this.page = page;
    /** What the page complained about: failed scripts and breaches of the security policy. */
    this.complaints = [];
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      if (/Content.Security.Policy/i.test(message.text())) this.complaints.push(message.text());
    });
  }

  static async arrive(browser, url, name, options = DESKTOP) {
    const context = await browser.newContext({ ...options, locale: 'en-GB' });
    context.setDefaultTimeout(SOON_MS);
    return new Person(name, url, context, await context.newPage());
  }

  static async register(browser, url, name, options) {
    const person = await Person.arrive(browser, url, name, options);
    await person.register();
    return person;
  }

  async register() {
    await this.page.goto(this.url);
    await this.page.getByRole('button', { name: 'Create an account' }).click();
    await this.page.getByLabel('Name').fill(this.name);
    await this.enter(this.password);
    await this.page.getByRole('button', { name: 'Create account' }).click();
    await this.page.getByRole('heading', { name: this.name }).waitFor();
  }

  async logIn(password = this.password) {
    await this.page.goto(this.url);
    await this.enter(password);
    await this.page.getByRole('button', { name: 'Log in', exact: true }).click();
  }

  async enter(password) {
    await this.page.getByLabel('Email').fill(this.email);
    await this.page.getByLabel('Password').fill(password);
  }

  /** Starts a conversation by the dialog, as one does. */
  async startWith(others, groupName) {
    const { page } = this;
    await page.getByRole('button', { name: 'New conversation' }).first().click();
    for (const other of others) {
      await page.getByLabel('Find people').fill(other.name);
      await page.getByLabel('People found').getByRole('button', { name: other.name }).click();
    }
    if (groupName) await page.getByLabel('Name of the group').fill(groupName);
    await page.getByRole('button', { name: /^Start (chatting|a group)/ }).click();
    await this.composer().waitFor();
  }

  async open(title) {
    await this.row(title).click();
    await this.composer().waitFor();
  }

  row(title) {
    return this.page.getByLabel('Conversation list').getByRole('link').filter({ hasText: title });
  }

  composer() {
    return this.page.getByRole('textbox', { name: /^Message to/ });
  }

  async write(text) {
    await this.composer().fill(text);
    await this.composer().press('Enter');
  }

  message(text) {
    return this.page.locator('article').filter({ has: this.page.getByText(text, { exact: true }) });
  }

  sees(text) {
    return this.message(text).first().waitFor();
  }

  /** Waits until the message's own mark is this one. */
  ticks(text, label) {
    return this.message(text).getByRole('img', { name: label, exact: true }).waitFor();
  }

  /** The texts in the order they stand in. */
  texts() {
    return this.page.locator('article [class*="_text_"]').allTextContents();
  }

  /** The numbers of the messages loaded. */
  async seqs() {
    const numbers = await this.page
      .locator('article[data-seq]')
      .evaluateAll((all) => all.map((one) => one.dataset.seq));
    return numbers.map(Number);
  }

  /** Asks the API as this person, from outside of the page; answers what it answers. */
  async call(method, path, body) {
    const token = await this.page.evaluate(() => JSON.parse(localStorage.getItem('talkline.session')).accessToken);
    const response = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
    return text && JSON.parse(text);
  }

  /** The newest messages of the open conversation, as the API has them. */
  async history() {
    const { messages } = await this.call('GET', `/messages/conversation/${this.conversationId()}?limit=50`);
    return messages;
  }

  conversationId() {
    return new URL(this.page.url()).hash.slice('#/c/'.length);
  }

  expectNoComplaints() {
    assert.deepEqual(this.complaints, [], `${this.name}'s page complained`);
  }

  async leave() {
    await this.context.close();
  }
}

/** Asks until it holds; for what no element on the page can be waited for. */
export async function eventually(what, holds) {
  const deadline = Date.now() + SOON_MS;
  for (;;) {
    if (await holds()) return;
    if (Date.now() > deadline) assert.fail(`${what}: not within ${SOON_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
