/** All fuzz targets. A new parser needs an entry here and a folder of seeds in `corpus/`. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Target } from './target.ts';
import { forwardedTarget } from './targets/forwarded.ts';
import { kubernetesTargets } from './targets/kubernetes.ts';
import { respondTarget } from './targets/respond.ts';
import { textTargets } from './targets/text.ts';
import { wireTargets } from './targets/wire.ts';

export const targets: readonly Target[] = [respondTarget, forwardedTarget, ...wireTargets, ...textTargets, ...kubernetesTargets];

export const corpus: string = join(import.meta.dirname, 'corpus');

/** The seeds of a target, ordered by file name. `.hex` files hold hexadecimal digits, and comments after `#`. */
export function seedsOf({ name }: Target): readonly (readonly [file: string, octets: Uint8Array])[] {
  const folder = join(corpus, name);
  return readdirSync(folder)
    .sort()
    .map(
      (file) =>
        [file, file.endsWith('.hex') ? fromHex(readFileSync(join(folder, file), 'utf8')) : readFileSync(join(folder, file))] as const,
    );
}

function fromHex(text: string): Uint8Array {
  return Buffer.from(text.replace(/#.*/g, '').replace(/\s/g, ''), 'hex');
}
