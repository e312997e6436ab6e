/** Where in a document records stand: the paths asked for, as a tree that is walked beside the document. */
export interface PathNode {
  /** Set where the values at this path are records: the path as it was asked for. */
  path: string | undefined;
  readonly members: Map<string, PathNode>;
}

/** @param paths names joined by dots, `*` for every element or member; the empty path is the document itself */
export function compilePaths(paths: readonly string[]): PathNode {
  const root = createNode();
  for (const path of paths) {
    let node = root;
    for (const name of path === '' ? [] : path.split('.')) {
      const next = node.members.get(name) ?? createNode();
      node.members.set(name, next);
      node = next;
    }
    node.path = path;
  }
  return root;
}

/** @returns `undefined` where nothing that is asked for can follow */
export function descend(node: PathNode | undefined, name: string): PathNode | undefined {
  if (node === undefined || node.members.size === 0) return undefined;
  return node.members.get(name) ?? node.members.get('*');
}

/** Gives the records of a document that is in memory, as the walk over a stream would. */
export function findRecords(document: unknown, root: PathNode): { readonly path: string; readonly value: unknown }[] {
  if (root.members.size === 0) return root.path === undefined ? [] : [{ path: root.path, value: document }];
  const inner = [...membersOf(document)].flatMap(([name, value]) => {
    const node = descend(root, name);
    return node === undefined ? [] : findRecords(value, node);
  });
  if (inner.length > 0 || root.path === undefined) return inner;
  return [{ path: root.path, value: document }];
}

function membersOf(value: unknown): readonly [name: string, value: unknown][] {
  if (typeof value !== 'object' || value === null) return [];
  return Array.isArray(value) ? value.map((element: unknown) => ['*', element]) : Object.entries(value);
}

function createNode(): PathNode {
  return { path: undefined, members: new Map() };
}
