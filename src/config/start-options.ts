/** Options of the program's startup, which cannot be set in the config file. To add one, add a row; option.ts describes its fields. */

export const startOptions = [
  {
    name: 'config',
    type: 'path',
    otherwise: 'no file',
    does: 'YAML file with options, each under its name; reread when it changes.',
    reloadable: false,
    notInFile: true,
  },
] as const;
