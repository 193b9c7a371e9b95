/** Options of the program's start; they have no place in the config file. A new option is a new row; option.ts says what a row holds. */

export const startOptions = [
  {
    name: 'config',
    type: 'path',
    otherwise: 'no file',
    does: 'YAML file with any of the options below, each under its name; read again when it changes.',
    reloadable: false,
    notInFile: true,
  },
] as const;
