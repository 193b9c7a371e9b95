/** Options of single commands, which cannot be set in the config file. To add one, add a row; option.ts describes its fields. */

export const commandOptions = [
  {
    name: 'json',
    type: 'boolean',
    default: false,
    does: 'Prints JSON instead of text, for commands that have both.',
    reloadable: false,
    notInFile: true,
  },
  {
    name: 'with',
    type: 'upstream',
    otherwise: 'nothing is compared',
    does: 'Nameserver that `compare` compares with.',
    reloadable: false,
    notInFile: true,
  },
  {
    name: 'server',
    type: 'upstream',
    default: '127.0.0.1:53',
    does: 'Nameserver that `compare` compares.',
    reloadable: false,
    notInFile: true,
  },
  {
    name: 'file',
    type: 'path',
    otherwise: "every name and type of the cluster's zones",
    does: 'Questions to compare, a line each: NAME [TYPE].',
    reloadable: false,
    notInFile: true,
  },
  {
    name: 'ttl-tolerance',
    type: 'integer',
    min: 0,
    max: 2_147_483_647,
    default: 30,
    does: 'Seconds by which TTLs may differ in `compare`: those of cached answers count down.',
    reloadable: false,
    notInFile: true,
  },
] as const;
