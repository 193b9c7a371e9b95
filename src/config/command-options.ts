/** Options of single commands; they have no place in the config file. A new option is a new row; option.ts says what a row holds. */

export const commandOptions = [
  {
    name: 'json',
    type: 'boolean',
    default: false,
    does: 'Prints JSON instead of text, for commands that have both.',
    reloadable: false,
    notInFile: true,
  },
] as const;
