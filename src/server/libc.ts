/** The socket calls of libc that node:dgram lacks, called through koffi, on Linux with glibc or musl. */
import koffi from 'koffi';
import { systemError } from './endpoint.ts';
import { loadWake, type Wake } from './wake.ts';

// musl's sendmmsg is a loop over sendmsg, so the two batch calls go to the kernel by number.
const callNumbers: Readonly<Record<string, { readonly recvmmsg: number; readonly sendmmsg: number }>> = {
  x64: { recvmmsg: 299, sendmmsg: 307 },
  arm64: { recvmmsg: 243, sendmmsg: 269 },
};

/** A memory address. On Linux those of programs have 47 or 48 bits, which a number holds exactly. */
export type Pointer = number;

export interface Libc {
  /** Returns the number of messages received, or -1. Does not wait. */
  receiveMany(fd: number, headers: Pointer, count: number): number;
  /** Returns the number of messages sent, which may be fewer than `count`, or -1 when the first could not be sent. Does not wait. */
  sendMany(fd: number, headers: Pointer, count: number): number;
  /** Waits until `fd` can be written to, at most `ms`. */
  waitWritable(fd: number, ms: number): void;
  /** Sleeps for so many µs. */
  pause(us: number): void;
  /** The errno of the call that has just failed. */
  errno(): number;
  /** Opens a UDP socket that closes with this thread, however it ends: a dead socket on a shared port would swallow its share of the queries. */
  socket(family: number): number;
  /** `value` is an int. Returns whether the kernel took it. */
  setOption(fd: number, level: number, option: number, value: number): boolean;
  /** Fills `into`; returns false when the kernel does not know the option. */
  getOption(fd: number, level: number, option: number, into: Uint8Array): boolean;
  bind(fd: number, address: Uint8Array): void;
  /** Restricts a UDP socket to packets from one peer. Returns whether the kernel did so. */
  connect(fd: number, address: Uint8Array): boolean;
  /** Fills `into` with the address bound. */
  boundAddress(fd: number, into: Uint8Array): void;
  /** Sends one datagram to the peer of a connected socket. Returns the octets sent, or -1. Does not wait. */
  send(fd: number, datagram: Uint8Array): number;
  /** Receives one datagram into `into`. Returns its octets, or -1. Does not wait. */
  receive(fd: number, into: Uint8Array): number;
  /** Opens a set of watched descriptors (epoll), which closes with this thread. It is readable while one of them is. */
  openSet(): number;
  /** Adds a descriptor; closing the descriptor removes it. */
  watch(set: number, fd: number): void;
  /** Fills `into` with readable descriptors of the set, and returns their number. Does not wait. */
  readable(set: number, into: Int32Array): number;
  close(fd: number): void;
  /** The address of `bytes`, which must be backed by an ArrayBuffer of more than a few octets: the garbage collector does not move those. */
  addressOf(bytes: Uint8Array): Pointer;
  /** Wakes the event loop whenever `fd` is readable, until closed. */
  readonly wake: Wake;
}

const DATAGRAM_CLOEXEC = 2 | 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const POLLOUT = 4;
const PR_SET_TIMERSLACK = 29;
/** ns; 0 would mean the default. */
const LEAST_SLACK = 1;
const EPOLL_CLOEXEC = 0o2000000;
const EPOLL_CTL_ADD = 1;
const EPOLLIN = 1;
/** Most descriptors that one call reports. */
const EVENTS = 64;
/** `struct epoll_event` in 32-bit words: events, and data, which holds the descriptor. Packed on x64 only. */
const EVENT_WORDS = process.arch === 'x64' ? 3 : 4;
const EVENT_DATA = process.arch === 'x64' ? 1 : 2;

/** Throws, with the reason, where batched UDP is not available. */
export function loadLibc(platform: string = process.platform, architecture: string = process.arch): Libc {
  const numbers = callNumbers[architecture];
  if (platform !== 'linux' || numbers === undefined)
    throw new Error(`no batched UDP on ${platform} ${architecture}: it needs Linux on x64 or arm64`);
  const c = functionsOfLibc();
  const must = (call: string, result: number): number => {
    if (result === -1) throw systemError(call, koffi.errno());
    return result;
  };
  const closesWithThread = (fd: number): number => {
    c.addHook(koffi.node.env, c.closeCode, fd);
    return fd;
  };
  // The thread's: by default the kernel lets each wait take 50 µs longer, as long as a pause.
  c.prctl(PR_SET_TIMERSLACK, LEAST_SLACK, 0, 0, 0);
  const pollSet = new Uint8Array(8);
  const events = new Int32Array(EVENTS * EVENT_WORDS);
  const eventsOctets = new Uint8Array(events.buffer);
  // Allocated once: getOption is called after every full batch, for the backlog.
  const optionSize = new Int32Array(1);
  const optionSizeOctets = new Uint8Array(optionSize.buffer);
  return {
    receiveMany: (fd, headers, count) => c.systemCall(numbers.recvmmsg, fd, headers, count, MSG_DONTWAIT, 0),
    sendMany: (fd, headers, count) => c.systemCall(numbers.sendmmsg, fd, headers, count, MSG_DONTWAIT | MSG_NOSIGNAL, 0),
    waitWritable(fd, ms) {
      pollSet.set([...int(fd), POLLOUT, 0, 0, 0]);
      c.poll(pollSet, 1, ms);
    },
    pause: (us) => void c.usleep(us),
    errno: () => koffi.errno(),
    socket: (family) => closesWithThread(must('socket', c.socket(family, DATAGRAM_CLOEXEC, 0))),
    setOption: (fd, level, option, value) => c.setsockopt(fd, level, option, int(value), 4) === 0,
    getOption(fd, level, option, into) {
      optionSize[0] = into.length;
      return c.getsockopt(fd, level, option, into, optionSizeOctets) === 0;
    },
    bind: (fd, address) => void must('bind', c.bind(fd, address, address.length)),
    connect: (fd, address) => c.connect(fd, address, address.length) === 0,
    boundAddress: (fd, into) => void must('getsockname', c.getsockname(fd, into, int(into.length))),
    send: (fd, datagram) => c.send(fd, datagram, datagram.length, MSG_DONTWAIT | MSG_NOSIGNAL),
    receive: (fd, into) => c.recv(fd, into, into.length, MSG_DONTWAIT),
    openSet: () => closesWithThread(must('epoll_create1', c.epollCreate(EPOLL_CLOEXEC))),
    watch(set, fd) {
      events[0] = EPOLLIN;
      events[EVENT_DATA] = fd;
      must('epoll_ctl', c.epollAdd(set, EPOLL_CTL_ADD, fd, eventsOctets));
    },
    readable(set, into) {
      const count = c.epollWait(set, eventsOctets, Math.min(into.length, EVENTS), 0);
      for (let i = 0; i < count; i++) into[i] = events[i * EVENT_WORDS + EVENT_DATA]!;
      return Math.max(0, count);
    },
    close(fd) {
      c.removeHook(koffi.node.env, c.closeCode, fd);
      c.close(fd);
    },
    addressOf: (bytes) => Number(koffi.address(bytes)),
    wake: loadWake(),
  };
}

/** The functions called, by their C signatures: of libc, and of Node itself for what closes with a thread. */
function functionsOfLibc() {
  const library = koffi.load(null);
  return {
    systemCall: library.func('syscall', 'long', ['long', 'long', 'intptr', 'uint', 'int', 'intptr']) as NumbersCall,
    usleep: library.func('usleep', 'int', ['uint']) as NumbersCall,
    prctl: library.func('prctl', 'int', ['int', 'ulong', 'ulong', 'ulong', 'ulong']) as NumbersCall,
    poll: library.func('poll', 'int', ['void *', 'ulong', 'int']) as (set: Uint8Array, count: number, ms: number) => number,
    socket: library.func('socket', 'int', ['int', 'int', 'int']) as NumbersCall,
    setsockopt: library.func('setsockopt', 'int', ['int', 'int', 'int', 'void *', 'uint']) as OptionCall<number>,
    getsockopt: library.func('getsockopt', 'int', ['int', 'int', 'int', 'void *', 'void *']) as OptionCall<Uint8Array>,
    bind: library.func('bind', 'int', ['int', 'void *', 'uint']) as AddressCall<number>,
    connect: library.func('connect', 'int', ['int', 'void *', 'uint']) as AddressCall<number>,
    getsockname: library.func('getsockname', 'int', ['int', 'void *', 'void *']) as AddressCall<Uint8Array>,
    send: library.func('send', 'long', ['int', 'void *', 'ulong', 'int']) as DatagramCall,
    recv: library.func('recv', 'long', ['int', 'void *', 'ulong', 'int']) as DatagramCall,
    epollCreate: library.func('epoll_create1', 'int', ['int']) as NumbersCall,
    epollAdd: library.func('epoll_ctl', 'int', ['int', 'int', 'int', 'void *']) as EpollCall<[number, number, Uint8Array]>,
    epollWait: library.func('epoll_wait', 'int', ['int', 'void *', 'int', 'int']) as EpollCall<[Uint8Array, number, number]>,
    close: library.func('close', 'int', ['int']) as NumbersCall,
    addHook: library.func('napi_add_env_cleanup_hook', 'int', ['void *', 'void *', 'intptr']) as Hook,
    removeHook: library.func('napi_remove_env_cleanup_hook', 'int', ['void *', 'void *', 'intptr']) as Hook,
    closeCode: library.symbol('close') as unknown,
  };
}

type NumbersCall = (...words: number[]) => number;
type AddressCall<T> = (fd: number, address: Uint8Array, size: T) => number;
type EpollCall<T extends unknown[]> = (set: number, ...rest: T) => number;
type DatagramCall = (fd: number, datagram: Uint8Array, size: number, flags: number) => number;
type Hook = (env: unknown, run: unknown, argument: number) => number;
type OptionCall<T> = (fd: number, level: number, option: number, value: Uint8Array, size: T) => number;

/** Returns `value` as a C int in memory. */
function int(value: number): Uint8Array {
  return new Uint8Array(Int32Array.of(value).buffer);
}
