import { Node, type FlowNode } from 'penguiflow';

import { isTransientFileError } from '../files/file-error.js';
import { findPackages } from '../files/find-packages.js';
import { Discovered } from '../messages/discovered.js';
import type { InstalledPackage } from '../messages/installed-package.js';
import type { Project } from '../messages/project.js';
import type { Unreadable } from '../messages/unreadable.js';

/** Emits every package that is installed in a project, as fast as the next node takes them. */
@Node({ maxRetries: 4, backoffBaseS: 0.1, retryOn: isTransientFileError })
export class DiscoverPackages implements FlowNode<Project, Discovered | InstalledPackage | Unreadable> {
  async *process(project: Project): AsyncGenerator<Discovered | InstalledPackage | Unreadable> {
    const found: Array<InstalledPackage | Unreadable> = [];
    for await (const entry of findPackages(project.directory)) found.push(entry);
    // The walk only lists directories, which is quick; knowing its end gives the progress bar one.
    yield new Discovered(project.name, found.length);
    yield* found;
  }
}
