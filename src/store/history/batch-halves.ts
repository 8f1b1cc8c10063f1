import type { StoreBatch } from '../rows.js';

/** The rows of a batch; instead of a run's id they have its number within the runner. */
export type BatchRows = Omit<StoreBatch, 'runner' | 'epoch' | 'number'>;

/**
 * Parts of a batch, the table of the refused row last unless it is that of the runs, without which nothing else of them is taken;
 * undefined when there is only one row left in it.
 */
export function halvesOf(batch: BatchRows, table: keyof BatchRows | undefined): readonly BatchRows[] | undefined {
  if (table === undefined || batch[table] === undefined) return undefined;
  const { [table]: rows, ...rest } = batch;
  const others = Object.keys(rest).length === 0 ? [] : [rest];
  const list = rows as readonly never[];
  if (list.length === 1 && others.length === 0) return undefined;
  const middle = Math.ceil(list.length / 2);
  const own = [list.slice(0, middle), list.slice(middle)].filter((part) => part.length > 0);
  const parts = own.map((part) => ({ [table]: part }));
  return table === 'runs' ? [...parts, ...others] : [...others, ...parts];
}
