import { describe, expect, test } from 'vitest';
import { readSelector } from '../config/label-selector.ts';
import { parseSelector } from './selector.ts';

const labels = { app: 'web', tier: 'front', 'example.com/zone': 'a', empty: '' };

describe('label selectors', () => {
  const cases: [text: string, matches: boolean][] = [
    ['', true],
    ['app=web', true],
    ['app==web', true],
    ['app = web', true],
    ['app=api', false],
    ['app!=api', true],
    ['other!=x', true],
    ['app', true],
    ['other', false],
    ['!other', true],
    ['!app', false],
    // Every JavaScript object has this one.
    ['constructor', false],
    ['!constructor', true],
    ['app in (web, api)', true],
    ['app in (api)', false],
    ['app notin (api,x)', true],
    ['other notin (api)', true],
    ['other in (api)', false],
    ['empty=', true],
    ['example.com/zone=a,tier=front,!other', true],
    ['app=web, tier=back', false],
  ];
  test.each(cases)('%j', (text, matches) => {
    expect(parseSelector(text)?.(labels)).toBe(matches);
    // The option check at startup accepts the same selectors.
    if (text !== '') expect(readSelector(text)).toBe(text);
  });

  test.each(['app=web,', '=web', 'app=a b', 'app in web', 'app in (a', 'app>1', '-a=b', ',app'])('%j is none', (text) => {
    expect(parseSelector(text)).toBeUndefined();
    expect(readSelector(text)).toBeUndefined();
  });
});
