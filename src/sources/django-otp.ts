import { readDjangoDevices } from './django-devices.ts';
import { hasPath, hasValue } from './document-signs.ts';
import type { JsonSigns, Source } from './source.ts';

/** `manage.py dumpdata` of a project with django-otp, as a list or one object a line. */
export const djangoOtp: Source = {
  name: 'django-otp',
  title: { en: 'django-otp', zh: 'django-otp' },
  howToExport: {
    en: '`python manage.py dumpdata otp_totp otp_hotp otp_static auth.user --output otp.json`',
    zh: '运行：`python manage.py dumpdata otp_totp otp_hotp otp_static auth.user --output otp.json`',
  },
  recognise: ({ json }) =>
    json !== undefined && isDump(json)
      ? {
          certainty: 'sure',
          because: { en: 'it is a dump of Django with OTP devices', zh: '这是含有 OTP 设备的 Django 数据导出' },
        }
      : undefined,
  read: (input) => readDjangoDevices(input, 'django-otp'),
};

/** In a dump of everything the models may be too many to have been noted; the fields are as telling. */
function isDump(json: JsonSigns): boolean {
  if (hasValue(json, 'model', 'authentik_')) return false;
  return (
    hasValue(json, 'model', 'otp_totp.') ||
    hasValue(json, 'model', 'otp_hotp.') ||
    ['model', 'fields.key', 'fields.t0', 'fields.drift'].every((path) => hasPath(json, path))
  );
}
