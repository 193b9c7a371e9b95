import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAddress } from '../../wire/address.ts';
import { NOWHERE } from '../../wire/known-names.ts';
import { nameFromText, nameToText, parentOf, type Name } from '../../wire/name.ts';
import { Action } from './action.ts';
import { Policies } from './policies.ts';
import { PolicyBuilder } from './policy-builder.ts';

const name = (text: string): Name => nameFromText(text)!;

interface Rule {
  readonly list: number;
  readonly owner: Name;
  readonly below: boolean;
  readonly action: Action;
}

/** The reference: finds one list's rule for a name by trying all; a zone's wildcard matches only if its owner is the closest encloser there. */
function bestOf(rules: readonly Rule[], asked: Name, isZone: boolean): Rule | undefined {
  const within = (name: Name, apex: Name): boolean => name.endsWith(apex);
  const has = (name: Name): boolean => rules.some((one) => within(one.owner, name));
  const wildcards = rules.filter((one) => one.below && asked !== one.owner && within(asked, one.owner));
  const longest = wildcards.reduce<Rule | undefined>((a, b) => (a === undefined || b.owner.length > a.owner.length ? b : a), undefined);
  const own = rules.find((one) => !one.below && one.owner === asked);
  if (own !== undefined || longest === undefined || !isZone) return own ?? longest;
  for (let name = asked; name !== longest.owner; name = parentOf(name)) if (has(name)) return undefined;
  return longest;
}

describe('the table', () => {
  test('finds what the rules say, list by list, and nothing else', () => {
    const label = fc.constantFrom('a', 'b', 'c');
    const owner = fc.array(label, { minLength: 0, maxLength: 4 }).map((labels) => name(labels.join('.')));
    const rule = fc.record({
      list: fc.nat(2),
      owner,
      below: fc.boolean(),
      action: fc.constantFrom(Action.nxdomain, Action.nodata, Action.passthru),
    });
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 40 }), fc.array(owner, { minLength: 1, maxLength: 10 }), (rules, names) => {
        const builder = new PolicyBuilder();
        for (let list = 0; list <= 2; list++) {
          builder.beginList(`list ${list}`, list < 2);
          for (const one of rules) if (one.list === list) builder.addName(one.owner, one.below, one.action);
        }
        const policies = new Policies(builder.finish());
        for (const asked of names) {
          const best = [0, 1, 2]
            .map((list) =>
              bestOf(
                rules.filter((one) => one.list === list),
                asked,
                list < 2,
              ),
            )
            .find((one) => one !== undefined);
          // Names take turns at few places; asked again, one without a policy is known by its place.
          for (const place of [NOWHERE, asked.length % 3, asked.length % 3]) {
            const found = policies.forName(asked, place);
            expect(found && [found.list, found.action]).toEqual(best && [best.list, best.action]);
          }
        }
      }),
    );
  });

  test('many names grow it, and each is found', () => {
    const builder = new PolicyBuilder();
    builder.beginList('many', false);
    const names = Array.from({ length: 50_000 }, (_, index) => name(`host${index}.example`));
    for (const one of names) builder.addName(one, false, Action.nxdomain);
    const data = builder.finish();
    const policies = new Policies(data);
    expect(data.lists).toEqual([{ name: 'many', rules: 50_000, skipped: 0, forAddresses: false, isZone: false }]);
    expect(names.every((one) => policies.forName(one)?.action === Action.nxdomain)).toBe(true);
    expect(names.some((one) => policies.forName(name(`x.${nameToText(one)}`)) !== undefined)).toBe(false);
    expect((data.pool.length + data.tags.length + data.slots.byteLength) / names.length).toBeLessThan(31);
  });

  test('what no answer holds of local data is left out', () => {
    const builder = new PolicyBuilder();
    builder.beginList('zone', true);
    for (let i = 0; i < 100_000; i++) {
      const rdata = [Uint8Array.of(10, i >> 16, i >> 8, i)];
      builder.addName(name('many.example'), false, Action.local, { type: i % 2 === 0 ? 1 : 1000 + (i & 0xfff), ttl: 60, rdata });
    }
    const { records } = new Policies(builder.finish()).forName(name('many.example'))!;
    expect(records.reduce((count, { rdata }) => count + rdata.length, 0)).toBe(4096);
  });

  test('the longest prefix of the first list that has one', () => {
    const builder = new PolicyBuilder();
    const add = (text: string, action: Action): void =>
      builder.addPrefix({ address: parseAddress(text.split('/')[0]!)!, length: Number(text.split('/')[1]) }, action);
    builder.beginList('first', true);
    add('10.0.0.0/8', Action.nxdomain);
    add('10.1.0.0/16', Action.nodata);
    builder.beginList('second', true);
    add('10.1.2.0/24', Action.drop);
    add('192.0.2.0/24', Action.drop);
    const policies = new Policies(builder.finish());
    const found = (text: string): unknown => policies.forAddress(parseAddress(text)!)?.policy.action;
    expect(['10.2.0.1', '10.1.2.3', '192.0.2.1', '192.0.3.1'].map(found)).toEqual([Action.nxdomain, Action.nodata, Action.drop, undefined]);
  });

  test('a 257th list is too many', () => {
    const builder = new PolicyBuilder();
    for (let list = 0; list < 256; list++) builder.beginList(`${list}`, false);
    expect(() => builder.beginList('one more', false)).toThrow('one more: there are more than 256 lists; join some of them');
  });
});
