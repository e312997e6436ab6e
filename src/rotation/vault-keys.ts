import type { Actor, AuditLog } from '../audit/audit-log.ts';
import type { Store } from '../store/store.ts';
import type { KeyPurpose } from '../vault/key-ring.ts';
import type { Vault } from '../vault/vault.ts';
import { startBackgroundWork } from './background-work.ts';
import { changeMasterKey, type MasterKeyChange, type MasterKeySetting } from './change-master-key.ts';
import { createKeyRotation, type StepResult } from './key-rotation.ts';

/** `current`: new values are made with it. `retiring`: it is destroyed when nothing needs it any more. */
export type RingKeyState = 'current' | 'retiring' | 'kept';

export interface VaultStatus {
  /** Where the master key is. */
  readonly masterKey: string;
  readonly keys: readonly {
    readonly keyId: number;
    readonly purpose: KeyPurpose;
    readonly state: RingKeyState;
    readonly createdAt: number;
  }[];
  /** The rotation that is under way, or the last one; `undefined` where there was none. */
  readonly rotation: RotationStatus | undefined;
}

export interface RotationStatus {
  readonly newKeyId: number;
  readonly retiredKeyIds: readonly number[];
  readonly startedBy: string;
  readonly startedAt: number;
  readonly finishedAt: number | undefined;
  /** Values sealed anew so far. */
  readonly resealed: number;
  /** Values that do not open, and so keep their key from being destroyed. */
  readonly broken: number;
}

/** The keys of the vault, for whoever administers them. */
export interface VaultKeys {
  status(): Promise<VaultStatus>;
  /** @throws `rotation_under_way` */
  rotate(actor: Actor): Promise<void>;
  /** Does the next piece of a rotation that is under way. */
  stepRotation(): Promise<StepResult>;
  /** Works at a rotation that is under way until there is none, or until nothing more can be done at it. */
  finishRotation(): Promise<StepResult>;
  /** Destroys token keys whose tokens have all expired. */
  destroyTokenKeys(): Promise<void>;
  /** @throws `master_key_wrong` where none of the master keys that the settings name opens the ring */
  changeMasterKey(actor: Actor): Promise<MasterKeyChange>;
  /** From now on this process also works at rotations, in the background. */
  workInBackground(): void;
  close(): Promise<void>;
}

interface Dependencies {
  readonly store: Store;
  readonly vault: Vault;
  readonly audit: AuditLog;
  readonly clock: () => number;
  readonly setting: MasterKeySetting;
  readonly tokenLifetimeMs: number;
  readonly onError: (error: unknown) => void;
}

export function createVaultKeys(dependencies: Dependencies): VaultKeys {
  const { store, vault, setting, onError } = dependencies;
  const masterKeys = [setting.present, setting.previous].filter((key) => key !== undefined);
  const rotation = createKeyRotation({ ...dependencies, masterKeys });
  const background = startBackgroundWork({ vault, rotation, onError });

  async function status(): Promise<VaultStatus> {
    const [ring, times, latest] = [
      await store.read.ringKeys.list(),
      await store.read.ringKeys.creationTimes(),
      await store.read.rotations.latest(),
    ];
    const newest = new Map(ring.map(({ purpose, keyId }) => [purpose, keyId]));
    return {
      masterKey: masterKeys[0]?.source ?? '',
      keys: ring.map(({ keyId, purpose }) => {
        const old = purpose === 'seal' || purpose === 'token' ? 'retiring' : 'kept';
        return {
          keyId,
          purpose,
          state: newest.get(purpose) === keyId ? 'current' : old,
          createdAt: times.get(keyId) ?? 0,
        };
      }),
      rotation: latest && {
        newKeyId: latest.new_key_id,
        retiredKeyIds: latest.retired_key_ids.split(' ').map(Number),
        startedBy: latest.started_by,
        startedAt: latest.started_at,
        finishedAt: latest.finished_at ?? undefined,
        resealed: latest.resealed,
        broken: latest.broken,
      },
    };
  }

  return {
    status,
    async rotate(actor) {
      await rotation.start(actor);
      background.wake();
    },
    stepRotation: () => rotation.step(),
    finishRotation: () => rotation.finish(),
    destroyTokenKeys: () => rotation.destroyTokenKeys(),
    changeMasterKey: (actor) => changeMasterKey(dependencies, actor),
    workInBackground: () => background.workToo(),
    close: () => background.stop(),
  };
}
