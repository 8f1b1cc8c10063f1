// CommonJS on purpose, the only such file: `require` is the one way to load a package in the middle of a synchronous call
// that bundlers understand, and CommonJS packages load faster from here than from a module, where Node parses them for
// their exports first. Both get the very instances that the user's own imports get.
require('reflect-metadata'); // tsyringe refuses to load without it

import tsyringe = require('tsyringe');

/** The CommonJS packages the library runs on. */
const packages = {
  tsyringe,
  /** Loads winston when the first logger is made: a flow that logs nothing does without. */
  get winston(): typeof import('winston') {
    return require('winston') as typeof import('winston');
  },
};

export = packages;
