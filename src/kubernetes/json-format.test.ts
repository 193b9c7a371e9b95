import { describe, expect, test } from 'vitest';
import { json } from './json-format.ts';
import { services } from './service.ts';

const octets = (text: string): Buffer => Buffer.from(text);

describe('an event', () => {
  test('has a type and an object', () => {
    const event = { type: 'ADDED', object: { metadata: { name: 'a' } } };
    expect(json.event(octets(JSON.stringify(event)), services.message)).toEqual(event);
  });

  test.each([
    '{"type":"ADDED"}',
    '{"type":"ADDED","object":null}',
    '{"type":"ADDED","object":"a"}',
    '{"type":"ADDER","object":{}}',
    'null',
    '[]',
    '{',
  ])('is not %s', (text) => expect(json.event(octets(text), services.message)).toBeUndefined());
});

test.each(['{"items":[]}', '{"metadata":null,"items":[]}', '{"metadata":"a","items":[]}'])('%s is no list', (text) => {
  const splitter = json.items();
  splitter.push(octets(text));
  expect(() => splitter.metadata()).toThrow('the answer is no list');
});

test('a refusal is a Status, or what a proxy says', () => {
  expect(json.status(octets('{"message":"no","code":403}'))).toEqual({ message: 'no', code: 403 });
  expect(json.status(octets('404 page not found\n'))).toEqual({ message: '404 page not found' });
  expect(json.status(octets('7'))).toEqual({ message: '7' });
  expect(json.status(octets(`<html>${'x'.repeat(20_000)}`)).message).toHaveLength(200);
});
