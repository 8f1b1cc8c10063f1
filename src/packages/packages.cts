// CommonJS on purpose, the only such file: `require` is the one way to load a package in the middle of a synchronous call
// that bundlers understand, and CommonJS packages load faster from here than from a module, where Node parses them for
// their exports first. Both get the very instances that the user's own imports get.
require('reflect-metadata'); // tsyringe refuses to load without it

type Tsyringe = typeof import('tsyringe');

/** The CommonJS packages the library runs on. */
const packages = {
  /** undefined where it is not installed: NestJS, and resolvers of the user's own, do without. */
  tsyringe: loadTsyringe(),
  /** Loads winston when the first logger is made: a flow that logs nothing does without. */
  get winston(): typeof import('winston') {
    return require('winston') as typeof import('winston');
  },
};

function loadTsyringe(): Tsyringe | undefined {
  try {
    return require('tsyringe') as Tsyringe;
  } catch (error) {
    // What tsyringe itself lacks has another name in the first line.
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'MODULE_NOT_FOUND' && message.split('\n', 1)[0]!.includes('tsyringe')) return undefined;
    throw error;
  }
}

export = packages;
