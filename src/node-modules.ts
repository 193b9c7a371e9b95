/** Modules of Node by `require`, as their ES modules cost a start more than their use does. */
import type * as Http from 'node:http';
import type * as Http2 from 'node:http2';
import { createRequire } from 'node:module';
import type * as Tls from 'node:tls';

const require = createRequire(import.meta.url);

/** Its ES module loads undici for three names that nobody here uses, which takes 55 of 63 ms at every start. */
export const http: typeof Http = require('node:http') as typeof Http;

/** Loaded when first called: only DNS over HTTPS needs it, and it takes 25 ms in each thread. */
export const http2 = (): typeof Http2 => require('node:http2') as typeof Http2;

/** Loaded when first called: serving threads need it for encrypted DNS only. */
export const tls = (): typeof Tls => require('node:tls') as typeof Tls;
