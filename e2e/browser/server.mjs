// The server under test: one that runs already (TALKLINE_URL), or one started here for one test file.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const START_MS = 30_000;
const STOP_MS = 20_000;

/**
 * Answers `{ url, stop }`. Needs TALKLINE_URL, or TALKLINE_BIN and TALKLINE_WEB (the folder of the built client).
 * `cluster` is a file of this folder's, or further up.
 */
export async function startServer(cluster = '../../examples/chatcluster.yaml') {
  if (env.TALKLINE_URL) return { url: env.TALKLINE_URL, stop: async () => {} };
  const { TALKLINE_BIN: program, TALKLINE_WEB: web } = env;
  if (!program || !web) throw new Error('set TALKLINE_URL, or TALKLINE_BIN and TALKLINE_WEB');
  const data = await mkdtemp(join(tmpdir(), 'talkline-browser-'));
  const example = fileURLToPath(new URL(cluster, import.meta.url));
  const free = '127.0.0.1:0';
  const server = spawn(program, ['up', example, '--listen', free, '--admin', free, '--data', data, '--web', web], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stop = () => stopServer(server, data);
  try {
    return { url: await addressOf(server), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The first address that it prints. */
async function addressOf(server) {
  const lines = createInterface({ input: server.stdout });
  const deadline = AbortSignal.timeout(START_MS);
  const ended = once(server, 'exit', { signal: deadline }).then(([code]) => {
    throw new Error(`the server ended with ${code} before it said where it listens`);
  });
  const found = new Promise((resolve) => {
    // Goes on reading after that: a full pipe would stop the server.
    lines.on('line', (line) => {
      const address = /http:\/\/[^\s/]+/.exec(line);
      if (address) resolve(address[0]);
    });
  });
  return Promise.race([found, ended]);
}

async function stopServer(server, data) {
  if (server.exitCode === null && server.signalCode === null) {
    const ended = once(server, 'exit');
    server.kill('SIGTERM');
    const timer = setTimeout(() => server.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(timer);
  }
  await rm(data, { recursive: true, force: true });
}
