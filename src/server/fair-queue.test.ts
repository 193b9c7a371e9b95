import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AT_ONCE, FairQueue, LONGEST, PLACES, TURNS_A_KEY } from './fair-queue.ts';
import { PacketSlots } from './packet-slots.ts';

const SLOTS = 64;
const shape = { count: SLOTS, size: 2048, nameLength: 16, controlLength: 32 };

interface Bench {
  readonly queue: FairQueue;
  /** Offers a packet of the client; returns whether it is held back. */
  readonly offer: (client: number, packet?: Uint8Array) => boolean;
  /** Takes a batch; returns what is in its slots. */
  readonly take: () => { client: number; packet: Uint8Array; control: number }[];
}

function bench(random: () => number = () => 0.5): Bench {
  const slots = new PacketSlots(shape, { addressOf: () => 4096 });
  const queue = new FairQueue(shape, random);
  queue.beginTurn();
  return {
    queue,
    offer(client, packet = Uint8Array.of(client)) {
      slots.packets[3]!.set(packet);
      slots.setReceived(3, packet.length);
      slots.names[3]!.fill(client);
      slots.controls[3]!.fill(255 - client);
      slots.setControlLength(3, 32);
      return queue.holdsBack(slots, 3, Uint8Array.of(10, 0, 0, client));
    },
    take() {
      return Array.from({ length: queue.take(slots) }, (_, i) => {
        expect(new Set(slots.names[i])).toHaveProperty('size', 1);
        expect([...slots.controls[i]!]).toEqual(new Array(32).fill(255 - slots.names[i]![0]!));
        const packet = slots.packets[i]!.slice(0, slots.received(i));
        return { client: slots.names[i]![0]!, packet, control: slots.controlReceived(i) };
      });
    },
  };
}

function isHeldBack(queue: FairQueue, address: Uint8Array): boolean {
  const slots = new PacketSlots({ ...shape, count: 1 }, { addressOf: () => 4096 });
  slots.setReceived(0, 1);
  return queue.holdsBack(slots, 0, address);
}

function clientsOf(taken: ReturnType<Bench['take']>): number[] {
  return taken.map(({ client }) => client);
}

describe('in a turn', () => {
  test('the first packets of every client are answered at once', () => {
    const { offer } = bench();
    for (const client of [1, 2]) for (let i = 0; i < 20; i++) expect(offer(client)).toBe(i >= AT_ONCE);
  });

  test('none is while earlier ones of the client wait, so that they stay in order', () => {
    const { queue, offer, take } = bench();
    for (let i = 0; i < 2 + AT_ONCE + SLOTS; i++) offer(1);
    queue.beginTurn();
    expect(offer(1)).toBe(true);
    expect(take()).toHaveLength(SLOTS);
    expect(take()).toHaveLength(3);
    expect(offer(1)).toBe(false);
  });
});

test('clients are taken in turn, each in the order in which it became one that waits', () => {
  const { queue, offer, take } = bench();
  for (const client of [1, 1, 1, 2, 3, 3]) for (let i = 0; i < AT_ONCE; i++) offer(client);
  expect(queue.length).toBe(3 * AT_ONCE);
  const order = clientsOf(take());
  expect(order.slice(0, 2 * AT_ONCE)).toEqual(Array.from({ length: 2 * AT_ONCE }, (_, i) => [1, 3][i % 2]));
  expect(order.slice(2 * AT_ONCE)).toEqual(new Array(AT_ONCE).fill(1));
});

test('a client may have as many waiting as there are places left; its others are dropped', () => {
  const { queue, offer } = bench();
  for (let i = 0; i < AT_ONCE + PLACES; i++) expect(offer(1)).toBe(i >= AT_ONCE);
  expect(queue.length).toBe(PLACES / 2);
  expect(queue.drops()).toBe(PLACES / 2);
  expect(queue.drops()).toBe(0);
  for (let i = 0; i < AT_ONCE + PLACES / 4; i++) offer(2);
  expect(queue.length).toBe((PLACES * 3) / 4);
  expect(queue.drops()).toBe(0);
});

test.for([
  { length: LONGEST, dropped: 0 },
  { length: LONGEST + 1, dropped: 1 },
])('a packet of $length octets: $dropped dropped', ({ length, dropped }) => {
  const { queue, offer, take } = bench();
  for (let i = 0; i < AT_ONCE; i++) offer(1);
  const packet = Uint8Array.from({ length }, (_, i) => i);
  expect(offer(1, packet)).toBe(true);
  expect(queue.drops()).toBe(dropped);
  expect(take()).toEqual(dropped === 1 ? [] : [{ client: 1, packet, control: 32 }]);
});

test('a client that shares a queue with another does so only until the hash changes', () => {
  const keys = [0.5, 0.25];
  const { queue, offer } = bench(() => keys.shift() ?? 0.75);
  for (let i = 0; i < 2 * AT_ONCE; i++) offer(1);
  // Nothing of theirs waits or was answered, and yet they have to wait: their queue is that of client 1.
  const address = Array.from({ length: 65_536 }, (_, i) => Uint8Array.of(10, 1, i >> 8, i & 255)).find((one) => isHeldBack(queue, one))!;
  for (let turn = 1; turn <= TURNS_A_KEY; turn++) queue.beginTurn();
  expect(isHeldBack(queue, address)).toBe(true);
  queue.beginTurn();
  expect(isHeldBack(queue, address)).toBe(false);
});

/** One step: a packet of a client, a batch taken, or another turn. */
const step = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: 1, max: 5 }) },
  { weight: 1, arbitrary: fc.constant('take' as const) },
  { weight: 1, arbitrary: fc.constant('turn' as const) },
);

test('whatever comes, each client gets its packets in order and whole, and none gets two while another with some waits gets none', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 1000, size: 'max' }), (steps) => {
      const { queue, offer, take } = bench();
      const waiting = new Map<number, number[]>();
      let number = 0;
      const check = (): void => {
        const before = [...waiting.values()].filter((packets) => packets.length > 0).length;
        const taken = take();
        expect(new Set(clientsOf(taken.slice(0, before)))).toHaveProperty('size', Math.min(before, taken.length));
        for (const { client, packet } of taken) {
          const expected = waiting.get(client)!.shift()!;
          expect([...packet]).toEqual([expected >> 8, expected & 255, ...new Array<number>(expected % 50).fill(7)]);
        }
      };
      for (const what of steps) {
        if (what === 'turn') {
          queue.beginTurn();
        } else if (what === 'take') {
          check();
        } else {
          number++;
          const packet = Uint8Array.of(number >> 8, number & 255, ...new Array<number>(number % 50).fill(7));
          if (offer(what, packet)) waiting.set(what, [...(waiting.get(what) ?? []), number]);
          else expect(waiting.get(what) ?? []).toEqual([]);
        }
      }
      while (queue.length > 0) check();
      expect([...waiting.values()].flat()).toEqual([]);
      expect(queue.drops()).toBe(0);
    }),
  );
});
