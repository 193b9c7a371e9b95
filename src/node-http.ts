/** Node's HTTP module, by `require`: its ES module loads undici for three names that nobody here uses, which takes 55 of 63 ms at every start. */
import type * as Http from 'node:http';
import { createRequire } from 'node:module';

export const http: typeof Http = createRequire(import.meta.url)('node:http') as typeof Http;
