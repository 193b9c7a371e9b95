import { describe, expect, test } from 'vitest';
import { asked } from '../../../test/fakes/asked.ts';
import { parseAddress } from '../../wire/address.ts';
import { Source, type Answer } from '../../wire/answer.ts';
import { Rcode, Type } from '../../wire/iana.ts';
import { nameFromText, nameToText, type Name } from '../../wire/name.ts';
import type { Query } from '../../wire/query.ts';
import { BodyWriter } from '../../wire/records.ts';
import { rebindingJudge, rebindProtection } from './rebinding.ts';

const name = (text: string): Name => nameFromText(text)!;

/** Answers with the address that the name begins with. */
function outside({ name: owner, type }: Query): Answer {
  const address = parseAddress(
    nameToText(owner)
      .split('.')[0]!
      .replaceAll('-', type === Type.AAAA ? ':' : '.'),
  )!;
  return new BodyWriter(owner).add('answers', owner, type, 60, address).answer(Rcode.NOERROR, false, Source.forward);
}

describe('rebinding protection', () => {
  const protect = rebindProtection(rebindingJudge([name('corp.example')]))(outside);
  test.each([
    ['198-51-100-7.example', 'A', true],
    ['10-96-0-1.example', 'A', false],
    ['10-96-0-1.app.corp.example', 'A', true],
    ['127-0-0-1.example', 'A', false],
    ['0-0-0-0.example', 'A', false],
    ['100-64-1-1.example', 'A', false],
    ['169-254-169-254.example', 'A', false],
    ['172-31-255-1.example', 'A', false],
    ['172-32-0-1.example', 'A', true],
    ['192-0-0-8.example', 'A', false],
    ['192-168-1-1.example', 'A', false],
    ['fd00--1.example', 'AAAA', false],
    ['fe80--1.example', 'AAAA', false],
    ['--1.example', 'AAAA', false],
    ['--ffff-a60-1.example', 'AAAA', false],
    ['64-ff9b--a60-1.example', 'AAAA', false],
    ['64-ff9b--c633-6407.example', 'AAAA', true],
    ['64-ff9b-1--c633-6407.example', 'AAAA', false],
    ['2002-a60-1--5.example', 'AAAA', false],
    ['2002-c633-6407--5.example', 'AAAA', true],
    ['--10-96-0-1.example', 'AAAA', true],
    ['--a60-1.example', 'AAAA', false],
    ['fec0--1.example', 'AAAA', false],
    ['240-0-0-1.example', 'A', false],
    ['198-19-255-1.example', 'A', false],
    ['198-20-0-1.example', 'A', true],
    ['255-255-255-255.example', 'A', false],
    ['2001-db8--1.example', 'AAAA', true],
  ])('%s %s passes: %s', (text, type, passes) => {
    const answer = protect(asked(text, type)) as Answer;
    expect(answer.rcode).toBe(passes ? Rcode.NOERROR : Rcode.REFUSED);
    expect(answer.extendedError?.code).toBe(passes ? undefined : 15);
  });

  test.each<[string, string, boolean]>([
    ['an ipv4hint', '0001 00 0004 0004 0a600001', false],
    ['an ipv4hint behind another, and behind alpn', '0001 01 61 00 0001 0003 026832 0004 0008 c6336407 0a600001', false],
    ['an ipv6hint', '0001 00 0006 0010 fd000000000000000000000000000001', false],
    ['hints of outside', '0001 00 0004 0004 c6336407 0006 0010 20010db8000000000000000000000001', true],
    ['a hint cut off', '0001 00 0004 0004 0a60', true],
    ['an alias', '0000 01 61 00', true],
  ])('%s in an HTTPS record passes: %s', (_, rdata, passes) => {
    const handler = rebindProtection(rebindingJudge([]))(({ name: owner, type }) =>
      new BodyWriter(owner)
        .add('answers', owner, type, 60, Buffer.from(rdata.replaceAll(' ', ''), 'hex'))
        .answer(Rcode.NOERROR, false, Source.forward),
    );
    expect((handler(asked('a.example', 'HTTPS')) as Answer).rcode).toBe(passes ? Rcode.NOERROR : Rcode.REFUSED);
  });

  test('also of answers that come later', async () => {
    const handler = rebindProtection(rebindingJudge([]))((query) => Promise.resolve(outside(query)));
    expect((await handler(asked('10-96-0-1.example')))?.rcode).toBe(Rcode.REFUSED);
  });
});
