import type { Actor } from './audit-log.ts';

/** Who acts where the service does something of its own accord; in no pool. */
export const SERVICE_ACTOR: Actor = { poolId: '', id: 'service', address: '', requestId: '' };
