import { expect, test } from 'vitest';
import manifest from '../package.json' with { type: 'json' };

test('tests run on the Node that package.json pins, whatever the machine has', () => {
  expect(process.versions.node).toBe(manifest.dependencies.node);
});
