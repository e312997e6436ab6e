import { FactorportError } from '../../errors/error.ts';
import type { LocalText } from '../../language.ts';

/** So long at most may one call to a machine that keeps the master key take, its repetitions included. */
export const CALL_TIMEOUT_MS = 10_000;

/**
 * Loads the client of a provider. Clients are not among the program's own dependencies: who keeps the master key in a
 * file should not have to install the clients of clouds.
 *
 * @throws `master_key_client_missing`
 */
export async function loadClient<Client>(packageName: string, load: () => Promise<Client>): Promise<Client> {
  try {
    return await load();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new FactorportError('master_key_client_missing', { parameters: { package: packageName }, cause: error });
  }
}

/** @param reason a code or a name of an error, never a text that the other machine made up */
export function unreachable(source: string, reason: string): FactorportError {
  return new FactorportError('master_key_unreachable', { parameters: { source, reason } });
}

/** @param reason as for {@link unreachable}, or a text of our own */
export function refused(source: string, reason: string | LocalText): FactorportError {
  return new FactorportError('master_key_refused', { parameters: { source, reason } });
}
