import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Stands between us and the database, to cut the line or to let it fall silent. */
export interface TcpProxy {
  url: string;
  /** Breaks every connection. */
  cut(): void;
  /** Breaks our half of every connection; the other half stays until `cut`. */
  strand(): void;
  /** Strands the next connection over which something with `text` in it is asked, once the database has been asked. */
  strandOn(text: string): void;
  /** Nothing passes any more, in either direction, and nothing breaks. */
  silence(): void;
  heal(): void;
  /** Keeps back what the database says from now on; the function that it returns passes it on, in one piece. */
  detain(): () => void;
  close(): Promise<void>;
}

export async function proxyTo(target: string, ownPort = 0): Promise<TcpProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const ours = new Set<Socket>();
  const stranded = new WeakSet<Socket>();
  let isSilent = false;
  let fatal: string | undefined;
  let detained: Map<Socket, Buffer[]> | undefined;
  const relay = (from: Socket, to: Socket): void => {
    sockets.add(from);
    from.on('data', (chunk: Buffer) => {
      if (detained && ours.has(to)) detained.set(to, [...(detained.get(to) ?? []), chunk]);
      else if (!isSilent) to.write(chunk);
      if (fatal === undefined || !ours.has(from) || !chunk.includes(fatal)) return;
      fatal = undefined;
      stranded.add(from);
      from.destroy();
    });
    // The other half of a broken line breaks as well; what broke it is the test's own doing.
    from.on('error', () => to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      // Whoever is still to be told something hears that first.
      if (!stranded.has(from) && !detained?.has(to)) to.destroy();
    });
  };
  const server = createServer((incoming) => {
    const outgoing = connect(Number(port), hostname);
    ours.add(incoming.on('close', () => ours.delete(incoming)));
    relay(incoming, outgoing);
    relay(outgoing, incoming);
  });
  await new Promise<void>((resolve) => server.listen(ownPort, '127.0.0.1', resolve));
  const url = new URL(target);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const cut = (): void => sockets.forEach((socket) => socket.destroy());
  return {
    url: url.href,
    cut,
    strand: () => ours.forEach((socket) => stranded.add(socket) && socket.destroy()),
    strandOn: (text) => (fatal = text),
    silence: () => (isSilent = true),
    heal: () => (isSilent = false),
    detain: () => {
      const kept = (detained = new Map<Socket, Buffer[]>());
      return () => {
        detained = undefined;
        for (const [to, chunks] of kept) to.end(Buffer.concat(chunks));
      };
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await closed;
    },
  };
}
