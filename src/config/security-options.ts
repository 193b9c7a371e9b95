/** Options of who may ask what, and how much. A new option is a new row; option.ts says what a row holds. */

export const securityOptions = [
  {
    name: 'forward-allow',
    type: 'prefix',
    many: 'list',
    default: [
      '127.0.0.0/8',
      '10.0.0.0/8',
      '172.16.0.0/12',
      '192.168.0.0/16',
      '100.64.0.0/10',
      '169.254.0.0/16',
      '::1/128',
      'fc00::/7',
      'fe80::/10',
    ],
    does: 'Clients whose questions for outside names are answered; the others are REFUSED.',
    reloadable: true,
  },
] as const;
