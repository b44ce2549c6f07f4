// The server under test: one that runs already (TALKLINE_URL), or one started here for one test file.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { env } from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const START_MS = 30_000;
const STOP_MS = 20_000;

/** A server that runs elsewhere can neither be stopped nor crashed from here. */
export const IS_ELSEWHERE = Boolean(env.TALKLINE_URL);

/**
 * A running server. Needs TALKLINE_URL, or TALKLINE_BIN and TALKLINE_WEB (the folder of the built client).
 * `cluster` is a file of this folder's, or further up.
 */
export async function startServer(cluster = '../../examples/chatcluster.yaml') {
  if (IS_ELSEWHERE) return { url: env.TALKLINE_URL, stop: async () => {} };
  const { TALKLINE_BIN: program, TALKLINE_WEB: web } = env;
  if (!program || !web) throw new Error('set TALKLINE_URL, or TALKLINE_BIN and TALKLINE_WEB');
  const data = await mkdtemp(join(tmpdir(), 'talkline-browser-'));
  const server = new Server(program, [
    ...['up', fileURLToPath(new URL(cluster, import.meta.url)), '--web', web, '--data', data],
    // Any free ports.
    ...['--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0'],
    ...backend(basename(data)),
  ]);
  await server.start();
  return {
    get url() {
      return server.url;
    },
    stop: async () => {
      await server.end('SIGTERM');
      await rm(data, { recursive: true, force: true });
    },
    /** Dies without a word, and comes back on the same data, at another address. */
    crash: async () => {
      await server.end('SIGKILL');
      await server.start();
    },
  };
}

/** Flags for what the server stands on: a file and memory, or, with TALKLINE_BACKEND=servers, those of TALKLINE_SERVERS. */
function backend(name) {
  if (env.TALKLINE_BACKEND !== 'servers') return [];
  const lines = readFileSync(join(env.TALKLINE_SERVERS, 'addresses'), 'utf8').trim().split('\n');
  const address = Object.fromEntries(lines.map((line) => line.split(/=(.*)/).map((part) => part.replaceAll("'", ''))));
  return [
    ...['--kafka', address.TALKLINE_KAFKA_BROKERS, '--kafka-topic-prefix', `${name}.`],
    ...['--kafka-replication-factor', '1', '--kafka-min-in-sync-replicas', '1'],
    ...['--mongo', address.TALKLINE_MONGO_URL, '--mongo-database', name],
    ...['--redis', address.TALKLINE_REDIS_URL, '--redis-key-prefix', `${name}:`],
  ];
}

class Server {
  #program;
  #args;
  #process;

  constructor(program, args) {
    this.#program = program;
    this.#args = args;
  }

  async start() {
    // The program wants to know every variable that begins with its name.
    const { TALKLINE_BACKEND, ...rest } = env;
    this.#process = spawn(this.#program, this.#args, { stdio: ['ignore', 'pipe', 'inherit'], env: rest });
    try {
      this.url = await this.#address();
    } catch (error) {
      await this.end('SIGKILL');
      throw error;
    }
  }

  /** Waits until it is gone; one that does not heed the signal is killed. */
  async end(signal) {
    const process = this.#process;
    if (process.exitCode !== null || process.signalCode !== null) return;
    const ended = once(process, 'exit');
    process.kill(signal);
    const timer = setTimeout(() => process.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(timer);
  }

  /** The first address that it prints. */
  async #address() {
    const ended = once(this.#process, 'exit', { signal: AbortSignal.timeout(START_MS) }).then(([code]) => {
      throw new Error(`the server ended with ${code} before it said where it listens`);
    });
    const found = new Promise((resolve) => {
      // Goes on reading after that: a full pipe would stop the server.
      createInterface({ input: this.#process.stdout }).on('line', (line) => {
        const address = /http:\/\/[^\s/]+/.exec(line);
        if (address) resolve(address[0]);
      });
    });
    return Promise.race([found, ended]);
  }
}
