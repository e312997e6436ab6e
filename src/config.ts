import { join } from 'node:path';
import { FactorportError } from './errors/error.ts';
import { type Config, SETTINGS, type Setting } from './settings.ts';

export { type Config, SETTINGS };

/** Flags by their name without dashes, the way the command line gives them. */
export type Flags = Readonly<Record<string, string | undefined>>;

/**
 * Reads every setting: a flag wins over the environment, the environment over the default. An empty value counts as
 * none.
 *
 * @throws `setting_invalid` that names the setting and what it must be; a value is never repeated, it may be a secret
 */
export function readConfig(flags: Flags, environment: NodeJS.ProcessEnv = process.env): Config {
  const entries = Object.entries(SETTINGS).map(([name, setting]) => {
    const given = (setting.flag && flags[setting.flag]) || environment[setting.environment] || setting.default;
    if (given === undefined) return [name, undefined];
    const value = setting.parse(given);
    if (value === undefined) throw invalid(setting);
    return [name, value];
  });
  const config = Object.fromEntries(entries) as Config;
  // Without an audience, tokens that the provider made for any other service would be good here.
  // An audience alone would be passed over in silence.
  if ((config.oidcIssuer === undefined) !== (config.oidcAudience === undefined)) throw invalid(SETTINGS.oidcAudience);
  return Object.freeze(config);
}

/** The access key by which commands call a server; the secret comes by no other way, because flags are seen by everybody on the machine. */
export function readClientKey(environment: NodeJS.ProcessEnv = process.env): {
  readonly accessKeyId: string | undefined;
  readonly accessKeySecret: string | undefined;
} {
  return {
    accessKeyId: environment.FACTORPORT_ACCESS_KEY_ID || undefined,
    accessKeySecret: environment.FACTORPORT_ACCESS_KEY_SECRET || undefined,
  };
}

/** Where the master key file of a data directory is. */
export function masterKeyPath(config: Config): string {
  return join(config.dataDir, 'master.key');
}

/** Where the embedded database of a data directory is. */
export function sqlitePath(config: Config): string {
  return join(config.dataDir, 'factorport.db');
}

/** Where the sealed uploads of import jobs are. */
export function uploadDirectory(config: Config): string {
  return config.uploadDir ?? join(config.dataDir, 'uploads');
}

/** Which language a terminal wants, by the usual variables. */
export function terminalLanguage(environment: NodeJS.ProcessEnv = process.env): 'en' | 'zh' {
  const locale = environment.LC_ALL || environment.LC_MESSAGES || environment.LANG || '';
  return /^zh/i.test(locale) ? 'zh' : 'en';
}

function invalid(setting: Setting): FactorportError {
  const names = [setting.flag === undefined ? undefined : `--${setting.flag}`, setting.environment];
  const parameters = { setting: names.filter(Boolean).join(' / '), expected: setting.expected };
  return new FactorportError('setting_invalid', { parameters });
}
