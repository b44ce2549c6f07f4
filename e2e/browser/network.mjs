// Someone's own line to the server, which can be cut: what passes it is the real thing, byte by byte.
import { createServer, connect } from 'node:net';
import { once } from 'node:events';

export class Network {
  #server;
  #sockets = new Set();
  #isCut = false;
  #far;

  /** A line to `url`, as an address of its own. */
  static async to(url) {
    const network = new Network();
    network.point(url);
    network.#server = createServer((near) => network.#join(near));
    network.#server.listen(0, '127.0.0.1');
    await once(network.#server, 'listening');
    network.url = `http://127.0.0.1:${network.#server.address().port}`;
    return network;
  }

  /** New connections lead there from now on. */
  point(url) {
    const { hostname, port } = new URL(url);
    this.#far = { host: hostname, port: Number(port) };
  }

  /** Every connection breaks, and new ones come to nothing. */
  cut() {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend() {
    this.#isCut = false;
  }

  async close() {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(near) {
    if (this.#isCut) {
      near.destroy();
      return;
    }
    const far = connect(this.#far);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ]) {
      this.#sockets.add(socket);
      // An error is followed by a close: what ends on one side ends on the other.
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  }
}
