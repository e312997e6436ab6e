import { type Config, masterKeyPath, SETTINGS } from './config.ts';
import { FactorportError } from './errors/error.ts';
import { awsKmsMasterKey } from './vault/master-key/aws-kms.ts';
import { masterKeyInFile } from './vault/master-key/file.ts';
import { transitMasterKey } from './vault/master-key/hashicorp-vault.ts';
import { firstOf } from './vault/master-key/several.ts';
import { masterKeyFromText } from './vault/master-key/text.ts';
import { parseKeyUri } from './vault/master-key/uri.ts';
import type { MasterKey } from './vault/master-key.ts';

/** The master keys that the settings name. */
export interface MasterKeys {
  /** The one that wraps; absent where it should be in the file and the file is not there. */
  readonly present: MasterKey | undefined;
  /** The one before, while the master key is being changed. */
  readonly previous: MasterKey | undefined;
}

/**
 * Finds the master keys that the settings name. Nothing of a key management service is contacted yet.
 *
 * @throws `setting_invalid`, `master_key_malformed`, `master_key_exposed`, `master_key_client_missing`
 */
export async function findMasterKeys(config: Config): Promise<MasterKeys> {
  const present = await fromSettings(config, 'masterKey', 'masterKeyUri');
  return {
    present: present ?? (await masterKeyInFile(masterKeyPath(config))),
    previous: await fromSettings(config, 'masterKeyPrevious', 'masterKeyUriPrevious'),
  };
}

/** The master keys as one; `undefined` where there is none. */
export function asOne({ present, previous }: MasterKeys): MasterKey | undefined {
  if (present === undefined || previous === undefined) return present ?? previous;
  return firstOf([present, previous]);
}

async function fromSettings(
  config: Config,
  textName: 'masterKey' | 'masterKeyPrevious',
  uriName: 'masterKeyUri' | 'masterKeyUriPrevious',
): Promise<MasterKey | undefined> {
  const text = config[textName];
  const uri = config[uriName];
  if (text !== undefined && uri !== undefined) {
    const expected = {
      en: `it cannot be set together with ${SETTINGS[textName].environment}`,
      zh: `不能与 ${SETTINGS[textName].environment} 同时设置`,
    };
    throw invalid(SETTINGS[uriName].environment, expected);
  }
  if (text !== undefined) return masterKeyFromText(text, SETTINGS[textName].environment);
  const location = uri === undefined ? undefined : parseKeyUri(uri);
  if (uri === undefined || location === undefined) return undefined;
  if (location.kind === 'awskms') return awsKmsMasterKey(location, uri);
  return transitMasterKey({ ...location, ...vaultAccess(config) }, uri);
}

function vaultAccess({ vaultAddress, vaultToken, vaultNamespace }: Config) {
  const expected = {
    en: 'it must be set for a master key in HashiCorp Vault',
    zh: '主密钥位于 HashiCorp Vault 时必须设置',
  };
  if (vaultAddress === undefined) throw invalid(SETTINGS.vaultAddress.environment, expected);
  if (vaultToken === undefined) throw invalid(SETTINGS.vaultToken.environment, expected);
  return { address: vaultAddress, token: vaultToken, namespace: vaultNamespace };
}

function invalid(setting: string, expected: { readonly en: string; readonly zh: string }): FactorportError {
  return new FactorportError('setting_invalid', { parameters: { setting, expected } });
}
