/** The program serving the recorded cluster, with a fake upstream, queried with raw messages over real sockets. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, beforeAll } from 'vitest';
import { dnsClient } from '../fakes/dns-client.ts';
import { startProgram, whenReady, type Program } from '../programs/kubezone.ts';
import { startFakeUpstream, type FakeUpstream, type Says } from '../fakes/upstream.ts';
import { message, readResponse, type Asked, type Response } from './message.ts';
import { clusterPath, type Transport } from './recorded.ts';

export interface Served {
  /** Only defined while the tests run. */
  readonly port: number;
  readonly program: Program;
  readonly upstream: FakeUpstream;
  /** Sends a query over a new socket and resolves to the response. */
  ask(asked: Asked | Uint8Array, transport?: Transport): Promise<Response>;
  /** Whether a UDP packet gets no response while the next one does. */
  isSilentAt(packet: Uint8Array): Promise<boolean>;
}

export const transports: readonly Transport[] = ['udp', 'tcp'];

/** Starts the program for the tests of the file, or of the `describe` it is called in. */
export function serveRecorded(args: readonly string[] = [], says?: Says): Served {
  let program: Program | undefined;
  let upstream: FakeUpstream | undefined;
  beforeAll(async () => {
    upstream = await startFakeUpstream(says);
    const fixed = ['--manifests', clusterPath, '--pods', 'insecure', '--lameduck', '0s', '--upstream', `127.0.0.1:${upstream.port}`];
    program = await startProgram([...fixed, ...args]);
    await whenReady(program);
  }, 30_000);
  afterAll(async () => {
    await program?.stop();
    await upstream?.close();
  });
  return {
    get port() {
      return program!.port;
    },
    get program() {
      return program!;
    },
    get upstream() {
      return upstream!;
    },
    async ask(asked, transport = 'udp') {
      const client = await dnsClient(`${transport}://127.0.0.1:${program!.port}`);
      try {
        return readResponse(await client.ask(asked instanceof Uint8Array ? asked : message(asked)));
      } finally {
        client.close();
      }
    },
    async isSilentAt(packet) {
      const socket = createSocket('udp4');
      socket.connect(program!.port, '127.0.0.1');
      await once(socket, 'connect');
      socket.send(packet);
      socket.send(message({ id: NEXT, name: 'cluster.local' }));
      const [first] = (await once(socket, 'message')) as [Buffer];
      socket.close();
      // One thread answers in the order that packets arrive.
      return first.readUInt16BE(0) === NEXT;
    },
  };
}

const NEXT = 0xbeef;
