// The build: plain files that a strict Content-Security-Policy accepts (nothing inline, nothing from elsewhere).
import { resolve } from 'node:path';
import { env } from 'node:process';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

/** The server that `npm run dev` forwards to. */
const server = env.TALKLINE_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
  build: {
    // The server's build keeps what is generated outside of the clone.
    outDir: env.TALKLINE_WEB_OUT ? resolve(env.TALKLINE_WEB_OUT) : 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: {
      '/api': server,
      '/demo.json': server,
      '/socket.io': { target: server, ws: true },
    },
  },
  test: { environment: 'node', include: ['test/**/*.test.ts'] },
});
