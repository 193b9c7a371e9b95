/**
 * Wakes this thread's event loop whenever a descriptor is readable, without a call from C into JavaScript: such a call (koffi's own poll callback)
 * ends the whole process if it comes while its thread is being terminated, as happens under load. Waking is enough: the work is done by an
 * immediate that does not keep the loop from sleeping.
 */
import { readFileSync } from 'node:fs';
import koffi, { type LibraryHandle } from 'koffi';

const UV_POLL = 8;
const UV_READABLE = 1;
const RTLD_LAZY = 1;
const RTLD_NODELETE = 0x1000;

export type Wake = (fd: number) => { close(): void };

/** Throws where the runtime does not export libuv's functions. */
export function loadWake(): Wake {
  const node = koffi.load(null);
  pinKoffi(node);
  const visitor = koffi.pointer(koffi.proto('void (uintptr handle, void *data)'));
  const getLoop = node.func('napi_get_uv_event_loop', 'int', ['void *', 'void *']) as (env: unknown, into: Uint8Array) => number;
  const walk = node.func('uv_walk', 'void', ['uintptr', visitor, 'void *']) as (loop: number, visit: bigint, data: null) => void;
  const typeOf = node.func('uv_handle_get_type', 'int', ['uintptr']) as (handle: number) => number;
  const descriptorOf = node.func('uv_fileno', 'int', ['uintptr', 'void *']) as (handle: number, into: Uint8Array) => number;
  const startPoll = node.func('uv_poll_start', 'int', ['uintptr', 'int', 'void *']) as (
    handle: number,
    events: number,
    callback: unknown,
  ) => number;
  // Can be called as a poll callback, and has no effect.
  const doNothing = node.symbol('uv_is_active') as unknown;

  function pollHandleOf(fd: number): number {
    const loop = new BigUint64Array(1);
    getLoop(koffi.node.env, new Uint8Array(loop.buffer));
    const descriptor = new Int32Array(1);
    let found = 0;
    const visit = koffi.register((handle: number) => {
      if (typeOf(handle) !== UV_POLL || descriptorOf(handle, new Uint8Array(descriptor.buffer)) !== 0) return;
      if (descriptor[0] === fd) found = handle;
    }, visitor);
    walk(Number(loop[0]), visit, null);
    koffi.unregister(visit);
    return found;
  }

  return (fd) => {
    // koffi's handle closes when the thread ends, however it ends; only its callback is replaced.
    const handle = koffi.node.poll(fd, { readable: true }, () => undefined);
    const pointer = pollHandleOf(fd);
    if (pointer === 0 || startPoll(pointer, UV_READABLE, doNothing) !== 0) {
      handle.close();
      throw new Error('no batched UDP: the event loop does not take its socket');
    }
    return handle;
  };
}

/** Keeps koffi's code in memory: Node.js unloads it with the last thread that uses it, before that thread's loop has closed koffi's handles by it. */
function pinKoffi(node: LibraryHandle): void {
  const path = /\/\S*\/koffi\.node$/m.exec(readFileSync('/proc/self/maps', 'latin1'))?.[0];
  const dlopen = node.func('dlopen', 'void *', ['str', 'int']) as (path: string, flags: number) => bigint | null;
  if (path === undefined || dlopen(path, RTLD_LAZY | RTLD_NODELETE) === null)
    throw new Error("no batched UDP: koffi's library is not to be found");
}
