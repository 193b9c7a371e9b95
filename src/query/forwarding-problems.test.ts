import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { forwardingProblems } from './forwarding-problems.ts';

test('authorities that cannot be had are told, by their option', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubezone-authorities-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const upstreamCa = join(folder, 'ca.pem');
  expect(forwardingProblems({ upstreamCa })).toEqual([
    { option: 'upstream-ca', problem: expect.stringMatching(/^".*ca\.pem" cannot be read \(ENOENT/) as string },
  ]);
  writeFileSync(upstreamCa, 'hello');
  expect(forwardingProblems({ upstreamCa })).toEqual([
    { option: 'upstream-ca', problem: expect.stringMatching(/^".*ca\.pem" holds no certificate/) as string },
  ]);
  writeFileSync(upstreamCa, '-----BEGIN CERTIFICATE-----');
  expect(forwardingProblems({ upstreamCa })).toEqual([]);
  expect(forwardingProblems({})).toEqual([]);
});
