import type { DatabaseMaker } from '../lib/databases.ts';
import type { Item } from '../lib/population.ts';

/** Something that verifies codes over HTTP, running, with a fresh database of its own. Leaving the scope ends it. */
export interface Contender extends AsyncDisposable {
  readonly url: string;
  /** What the answer to a right code holds. */
  readonly accepted: string;
  /** The request that verifies a code of one of the items, as the text that is sent. */
  requestFor(item: Item, code: string): string;
}

/** Fills a fresh database with the users and seeds of the items, and starts the server on it. */
export type StartContender = (databases: DatabaseMaker, items: readonly Item[]) => Promise<Contender>;
