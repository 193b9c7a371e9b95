/** Options of single commands, which cannot be set in the config file. To add one, add a row; option.ts describes its fields. */

export const commandOptions = [
  {
    name: 'json',
    type: 'boolean',
    default: false,
    does: 'Prints JSON instead of text, in commands that support both.',
    reloadable: false,
    notInFile: true,
  },
  {
    name: 'with',
    type: 'upstream',
    otherwise: 'nothing is compared',
    does: 'Nameserver to compare --server with, in `compare`.',
    reloadable: false,
    notInFile: true,
  },
  {
    name: 'server',
    type: 'upstream',
    default: '127.0.0.1:53',
    does: 'Nameserver to compare, in `compare`.',
    reloadable: false,
    notInFile: true,
  },
  {
    name: 'file',
    type: 'path',
    otherwise: "every name and type of the cluster's zones",
    does: 'File with the questions to compare, one per line: NAME [TYPE].',
    reloadable: false,
    notInFile: true,
  },
  {
    name: 'ttl-tolerance',
    type: 'integer',
    min: 0,
    max: 2_147_483_647,
    default: 30,
    does: 'Difference between TTLs that `compare` ignores, in seconds, because TTLs of cached answers count down.',
    reloadable: false,
    notInFile: true,
  },
] as const;
