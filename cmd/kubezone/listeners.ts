/** Opens every listener of a serving thread: UDP and TCP on each address, and the encrypted ones. */
import { systemClock } from '../../src/clock.ts';
import type { Address } from '../../src/config/option.ts';
import type { Options } from '../../src/config/options.ts';
import type { Listener, Respond } from '../../src/server/listener.ts';
import type { ConnectionLimits } from '../../src/server/connections.ts';
import type { ListenerObserver } from '../../src/server/observer.ts';
import { tcpListener } from '../../src/server/stream.ts';
import { chooseUdp } from '../../src/server/udp.ts';
import type { Log } from '../../src/telemetry/log.ts';
import type { Transport } from '../../src/wire/query.ts';

export interface ListenersParts {
  readonly options: Options;
  readonly listen: readonly Address[];
  /** Whether other threads listen on the same ports. */
  readonly sharePorts: boolean;
  readonly respond: Respond;
  readonly observer: (transport: Transport, address: Address) => ListenerObserver;
  readonly log: Log;
}

/** A port that is free for UDP may be taken for TCP: so many are tried where any would do. */
const PORT_TRIES = 10;

/** Rejects with the first listener's reason; those already open are closed. */
export async function openListeners(parts: ListenersParts): Promise<readonly Listener[]> {
  const { options, listen, sharePorts, respond, observer, log } = parts;
  const udp = await chooseUdp(options.udp);
  if (udp.because !== undefined)
    log.warn({ reason: udp.because }, 'UDP goes through node:dgram, at about twice the CPU: batched reads are not to be had here');
  const open: Listener[] = [];
  const add = async (listener: Listener): Promise<void> => {
    await listener.listen();
    open.push(listener);
  };
  const openBoth = async (endpoint: Address, tries = PORT_TRIES): Promise<void> => {
    const common = { respond, clock: systemClock, reusePort: sharePorts };
    const datagrams = udp.listener({
      ...common,
      endpoint,
      observer: observer('udp', endpoint),
      payloadSize: options.udpPayload,
      receiveBuffer: options.udpReceiveBuffer,
    });
    await add(datagrams);
    // TCP has the port that UDP was given where any would do.
    const port = Number(new URL(datagrams.url).port);
    const stream = tcpListener({
      ...common,
      endpoint: { ...endpoint, port },
      observer: observer('tcp', endpoint),
      limits: limitsOf(options),
    });
    try {
      await add(stream);
    } catch (error) {
      if (endpoint.port !== 0 || tries === 1) throw error;
      await open.pop()!.close();
      await openBoth(endpoint, tries - 1);
    }
  };
  try {
    for (const endpoint of listen.flatMap(endpointsOf)) await openBoth(endpoint);
    return open;
  } catch (error) {
    await Promise.all(open.map((listener) => listener.close()));
    throw error;
  }
}

/** Every address of the machine is two endpoints, one a family. */
function endpointsOf(address: Address): readonly Address[] {
  return address.host === '' ? ['0.0.0.0', '::'].map((host) => ({ ...address, host })) : [address];
}

function limitsOf(options: Options): ConnectionLimits {
  return {
    maxConnections: options.tcpMaxConnections,
    maxConnectionsPerClient: options.tcpMaxConnectionsPerClient,
    maxQueries: options.tcpMaxQueries,
    idleTimeout: options.tcpIdleTimeout,
    queryTimeout: options.tcpQueryTimeout,
  };
}
