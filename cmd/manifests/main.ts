/** `npm run manifests`: writes deploy/kustomize. Needs helm. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { manifests } from './manifests.ts';

for (const [path, text] of manifests()) {
  writeFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), text);
  process.stdout.write(`${path}\n`);
}
