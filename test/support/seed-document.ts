import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The document of `import-otp` lies beside the project, with a licence of its own. */
const FILE = join(fileURLToPath(new URL('../../..', import.meta.url)), 'shared', 'reference', 'import-otp.zh.md');

/** What the document imports in its example. */
export interface ExampleOtp {
  readonly secret: string;
  readonly recoveryCode: string;
}

/** Reads the example out of the document; `undefined`, with a line that says so, where the document is absent. */
export function readExampleOtp(): ExampleOtp | undefined {
  if (!existsSync(FILE)) {
    console.info('skipped: the document of import-otp is not beside the project, in ../shared/reference');
    return undefined;
  }
  const text = readFileSync(FILE, 'utf8');
  const member = (name: string) => new RegExp(`\\b${name}: '([^']+)'`).exec(text)?.[1];
  const [secret, recoveryCode] = [member('secret'), member('recoveryCode')];
  if (secret === undefined || recoveryCode === undefined) throw new Error(`no example in ${FILE}`);
  return { secret, recoveryCode };
}
