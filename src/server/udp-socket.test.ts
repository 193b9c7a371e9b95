/** Packets and options the kernel refuses are counted, and do not cost other clients their answers. */
import { describe, expect, test } from 'vitest';
import { constants } from 'node:os';
import { parseAddress } from '../wire/address.ts';
import { loadLibc, type Libc } from './libc.ts';
import { unobserved, type ListenerObserver } from './observer.ts';
import { PacketSlots } from './packet-slots.ts';
import { UdpSocket, type UdpSocketOptions } from './udp-socket.ts';

const HEADER_SIZE = 64;
const { EPERM, EAGAIN, ENOBUFS, EINTR, ECONNREFUSED, EMSGSIZE, ENOPROTOOPT } = constants.errno;

type Result = number | { readonly errno: number };

/** Returns a libc whose send and receive calls return `results` in turn, and the slots that each send was given. */
function scripted(results: readonly Result[]): { libc: Libc; sends: (readonly [first: number, count: number])[]; waits: number[] } {
  const left = [...results];
  const sends: [number, number][] = [];
  const waits: number[] = [];
  let errno = 0;
  const next = (): number => {
    const result = left.shift() ?? 0;
    if (typeof result === 'number') return result;
    errno = result.errno;
    return -1;
  };
  const libc: Libc = {
    receiveMany: next,
    sendMany: (_fd, headers, count) => {
      sends.push([headers / HEADER_SIZE, count]);
      return next();
    },
    waitWritable: (_fd, ms) => void waits.push(ms),
    pause: () => undefined,
    errno: () => errno,
    socket: () => 7,
    setOption: () => true,
    getOption: () => false,
    bind: () => undefined,
    connect: () => true,
    boundAddress: () => undefined,
    send: next,
    receive: next,
    openSet: () => 8,
    watch: () => undefined,
    readable: () => 0,
    close: () => undefined,
    addressOf: () => 0,
    wake: () => ({ close: () => undefined }),
  };
  return { libc, sends, waits };
}

function open(
  libc: Libc,
  observer: Partial<ListenerObserver> = {},
  more: Partial<UdpSocketOptions> = {},
): { socket: UdpSocket; slots: PacketSlots } {
  const options = { endpoint: { host: '127.0.0.1', port: 0 }, receiveBuffer: 0, reusePort: false, clock: { monotonic: () => 0 }, ...more };
  const socket = new UdpSocket(libc, options, { ...unobserved, ...observer });
  return { socket, slots: new PacketSlots({ count: 8, size: 64, nameLength: 16, controlLength: 0 }, libc) };
}

const refused = (errno: number): Result => ({ errno });

describe('an option that the kernel refuses is reported, and the socket opens', () => {
  test.for<{ name: string; host: string; refuses: string[]; failures?: number }>([
    { name: 'SO_REUSEPORT', host: '127.0.0.1', refuses: ['1 15'] },
    { name: 'IP_PKTINFO', host: '0.0.0.0', refuses: ['0 8'] },
    { name: 'IP_MTU_DISCOVER', host: '127.0.0.1', refuses: ['0 10'] },
    { name: 'IPV6_V6ONLY', host: '::1', refuses: ['41 26'] },
    { name: 'IPV6_RECVPKTINFO', host: '::', refuses: ['41 49'] },
    { name: 'IPV6_MTU_DISCOVER', host: '::', refuses: ['41 23'] },
    { name: 'SO_RCVBUFFORCE is not: SO_RCVBUF takes its place', host: '127.0.0.1', refuses: ['1 33'], failures: 0 },
    { name: 'SO_RCVBUFFORCE and SO_RCVBUF', host: '127.0.0.1', refuses: ['1 33', '1 8'] },
  ])('$name', ({ host, refuses, failures = 1 }) => {
    const asked: string[] = [];
    const seen: unknown[][] = [];
    const setOption: Libc['setOption'] = (_fd, level, option) => {
      asked.push(`${level} ${option}`);
      return !refuses.includes(`${level} ${option}`);
    };
    open(
      { ...scripted([]).libc, setOption, errno: () => ENOPROTOOPT },
      { failed: (...what) => void seen.push(what) },
      { endpoint: { host, port: 0 }, reusePort: true, receiveBuffer: 65_536 },
    );
    expect(asked).toEqual(expect.arrayContaining(refuses));
    expect(seen).toEqual(Array.from({ length: failures }, () => ['setsockopt', 'ENOPROTOOPT', 0]));
  });
});

describe('sending slots 2 to 7', () => {
  test.for<{ name: string; results: Result[]; sent: number; sends: number[][]; failures: [string, number][]; waits?: number }>([
    { name: 'all at once', results: [6], sent: 6, sends: [[2, 6]], failures: [] },
    { name: 'goes on after fewer', results: [2, 4], sent: 6, sends: [[2, 6], [4, 4]], failures: [] }, // prettier-ignore
    { name: 'leaves out the first', results: [refused(EPERM), 5], sent: 5, sends: [[2, 6], [3, 5]], failures: [['EPERM', 1]] }, // prettier-ignore
    { name: 'leaves out one in the middle', results: [3, refused(EMSGSIZE), 2], sent: 5, sends: [[2, 6], [5, 3], [6, 2]], failures: [['EMSGSIZE', 1]] }, // prettier-ignore
    { name: 'asks again when interrupted', results: [refused(EINTR), 6], sent: 6, sends: [[2, 6], [2, 6]], failures: [] }, // prettier-ignore
    { name: 'waits for a full buffer', results: [1, refused(EAGAIN), 5], sent: 6, sends: [[2, 6], [3, 5], [3, 5]], failures: [], waits: 1 }, // prettier-ignore
    { name: 'gives up when it stays full', results: [1, refused(ENOBUFS), refused(ENOBUFS)], sent: 1, sends: [[2, 6], [3, 5], [3, 5]], failures: [['ENOBUFS', 5]], waits: 1 }, // prettier-ignore
  ])('$name', ({ results, sent, sends, failures, waits = 0 }) => {
    const script = scripted(results);
    const seen: [string, number][] = [];
    const { socket, slots } = open(script.libc, { failed: (_call, code, lost) => void seen.push([code, lost]) });
    expect(socket.send(slots, 2, 6)).toBe(sent);
    expect(script.sends).toEqual(sends);
    expect(seen).toEqual(failures);
    expect(script.waits).toHaveLength(waits);
  });
});

describe('a send buffer that is full is waited for at most 5 ms by all runs of a batch together', () => {
  test.for([
    { name: 'one that stays full', takes: [5], waits: [5] },
    { name: 'one that soon has room', takes: [2, 1.5, 2], waits: [5, 3, 1] },
    { name: 'one that has room at once, and none for our packets', takes: [0, 0, 0, 0], waits: [5, 5, 5, 5] },
  ])('$name', ({ takes, waits }) => {
    const { libc } = scripted([]);
    let now = 1000;
    const waited: number[] = [];
    const full: Libc = {
      ...libc,
      sendMany: () => -1,
      errno: () => EAGAIN,
      waitWritable: (_fd, ms) => {
        now += takes[waited.length % takes.length]!;
        waited.push(ms);
      },
    };
    let lost = 0;
    const { socket, slots } = open(full, { failed: (_call, _code, count) => (lost += count) }, { clock: { monotonic: () => now } });
    for (let batch = 1; batch <= 2; batch++) {
      socket.beginBatch();
      // Every second slot has no answer.
      for (let slot = 0; slot < 8; slot += 2) expect(socket.send(slots, slot, 1)).toBe(0);
      expect(lost).toBe(4 * batch);
    }
    expect(waited).toEqual([...waits, ...waits]);
  });
});

describe('receiving', () => {
  test.for<{ name: string; result: Result; received: number; failures: string[] }>([
    { name: 'packets', result: 5, received: 5, failures: [] },
    { name: 'nothing there', result: refused(EAGAIN), received: 0, failures: [] },
    { name: 'a client that vanished', result: refused(ECONNREFUSED), received: 0, failures: ['ECONNREFUSED'] },
  ])('$name', ({ result, received, failures }) => {
    const seen: string[] = [];
    const { socket, slots } = open(scripted([result]).libc, { failed: (_call, code) => void seen.push(code) });
    expect(socket.receive(slots)).toBe(received);
    expect(seen).toEqual(failures);
  });
});

describe('the interface that a packet came by', () => {
  /** The control data of a packet to `address` by interface `index`: a header of 16 octets, then an in6_pktinfo, or an in_pktinfo. */
  function controlOf(address: string, index: number): Uint8Array {
    const octets = parseAddress(address)!;
    const control = new Uint8Array(octets.length === 16 ? 40 : 32);
    control.set(octets, octets.length === 16 ? 16 : 20);
    new DataView(control.buffer).setUint32(octets.length === 16 ? 32 : 16, index, true);
    return control;
  }

  test.for([
    { host: '::', asked: 'fe80::1', kept: true },
    { host: '::', asked: 'febf:ffff::1', kept: true },
    { host: '::', asked: 'fec0::1', kept: false },
    { host: '::', asked: 'fe7f::1', kept: false },
    { host: '::', asked: '2001:db8::1', kept: false },
    { host: '::', asked: '::1', kept: false },
    { host: '0.0.0.0', asked: '192.0.2.1', kept: false },
    { host: '127.0.0.1', asked: '127.0.0.1', kept: true },
  ])('to $asked on $host: that it is kept is $kept', ({ host, asked, kept }) => {
    const { socket } = open(scripted([]).libc, {}, { endpoint: { host, port: 0 } });
    // As octets, 0x80fe begins like a link-local address.
    const control = controlOf(asked, 0x80fe);
    socket.forgetInterface(control);
    expect(control).toEqual(controlOf(asked, kept ? 0x80fe : 0));
  });
});

describe("the kernel's drops", () => {
  test.for([
    { name: 'are counted since the last time', totals: [3, 3, 10], since: [3, 0, 7] },
    { name: 'go on when 32 bits are full', totals: [0xffff_fffe, 1], since: [0xffff_fffe, 3] },
  ])('$name', ({ totals, since }) => {
    const left = [...totals];
    const getOption: Libc['getOption'] = (_fd, _level, option, into) => {
      if (option !== 55) return false;
      new DataView(into.buffer).setUint32(into.length - 4, left.shift()!, true);
      return true;
    };
    const { socket } = open({ ...scripted([]).libc, getOption });
    expect(totals.map(() => socket.kernelDrops())).toEqual(since);
  });
});

test('what waits unread is told, and whether packets found no room since', () => {
  const numbers = [0, 70_000, 0, 0, 3, 3, 3].map((drops) => [70_000, 425_984, 0, 0, 0, 0, 0, 0, drops]);
  const getOption: Libc['getOption'] = (_fd, _level, option, into) => {
    if (option !== 55) return false;
    new Uint32Array(into.buffer).set(numbers.shift()!);
    return true;
  };
  const told: unknown[][] = [];
  const { socket } = open({ ...scripted([]).libc, getOption }, { backlog: (...what) => void told.push(what) });
  for (let i = 0; i < 5; i++) expect(socket.tellBacklog(0, 0)).toBe(70_000);
  for (const [waiting, drops] of [
    [10, 0],
    [0, 1],
  ] as const)
    expect(socket.tellBacklog(waiting, drops)).toBe(70_000);
  const dropped = [false, true, true, false, true].map((some) => [70_000, some]);
  expect(told).toEqual([...dropped, [80_240, false], [70_000, true]]);
});

test.for([
  ['darwin', 'arm64'],
  ['linux', 'riscv64'],
])('libc is not used on %s %s', ([platform, architecture]) => {
  expect(() => loadLibc(platform, architecture)).toThrow(/no batched UDP on/);
});
