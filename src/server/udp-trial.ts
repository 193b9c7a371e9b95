/** Tries what batched UDP is made of, before it is chosen: where a sandbox refuses a call, a thread would wake for every packet and answer none. */
import { constants } from 'node:os';
import { systemError } from './endpoint.ts';
import type { Libc } from './libc.ts';
import { PacketSlots } from './packet-slots.ts';
import { AF_INET, SOCKADDR_IN_SIZE } from './socket-address.ts';

/** Throws, with the reason, where something is refused. Takes a fraction of a millisecond. */
export function tryBatches(libc: Libc): void {
  const { headers } = new PacketSlots({ count: 1, size: 64, nameLength: SOCKADDR_IN_SIZE, controlLength: 0 }, libc);
  // Without an address nothing can come to it, and no interface has to be up.
  const fd = libc.socket(AF_INET);
  try {
    const received = libc.receiveMany(fd, headers, 1);
    const errno = libc.errno();
    if (received < 0 && errno !== constants.errno.EAGAIN) throw refusal('recvmmsg', errno);
    // Without a message, the kernel sends nothing.
    if (libc.sendMany(fd, headers, 0) < 0) throw refusal('sendmmsg', libc.errno());
    libc.wake(fd).close();
  } finally {
    libc.close(fd);
  }
}

function refusal(call: string, errno: number): Error {
  const error = systemError(call, errno);
  return new Error(`${error.message}: a sandbox or its seccomp profile may forbid it`, { cause: error });
}
