/** The file that the program was started from, in a checkout and in a bundle: its threads start from it too. */
export const ENTRY: string = process.argv[1]!;
