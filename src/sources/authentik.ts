import { readDjangoDevices } from './django-devices.ts';
import { hasPath, hasValue } from './document-signs.ts';
import type { JsonSigns, Source } from './source.ts';

/** authentik has the devices of django-otp under labels of its own. Its blueprints do not export them. */
export const authentik: Source = {
  name: 'authentik',
  title: { en: 'authentik', zh: 'authentik' },
  howToExport: {
    en: 'From the database, one row a line: `psql -At -c "SELECT row_to_json(r) FROM (SELECT d.*, u.username, u.email FROM authentik_stages_authenticator_totp_totpdevice d JOIN authentik_core_user u ON u.id = d.user_id) r"`.',
    zh: '从数据库导出，每行一条：`psql -At -c "SELECT row_to_json(r) FROM (SELECT d.*, u.username, u.email FROM authentik_stages_authenticator_totp_totpdevice d JOIN authentik_core_user u ON u.id = d.user_id) r"`。',
  },
  recognise: ({ json }) => {
    if (json === undefined) return undefined;
    if (isDump(json)) {
      const because = {
        en: 'it is a dump of authentik with OTP devices',
        zh: '这是含有 OTP 设备的 authentik 数据导出',
      };
      return { certainty: 'sure', because };
    }
    if (!ROW.every((column) => hasPath(json, column))) return undefined;
    const because = { en: 'its rows have the columns of a table of OTP devices', zh: '含有 OTP 设备表的列' };
    return { certainty: 'possible', because };
  },
  read: (input) => readDjangoDevices(input, 'authentik'),
};

const ROW = ['key', 'step', 't0', 'drift', 'confirmed', 'user_id'];

function isDump(json: JsonSigns): boolean {
  return (
    hasValue(json, 'model', 'authentik_stages_authenticator_totp.') ||
    (hasValue(json, 'model', 'authentik_') && ['fields.key', 'fields.t0'].every((path) => hasPath(json, path)))
  );
}
