import { registerHooks } from 'node:module';

/** For `node --import`: as where the optional clients are not installed. */
registerHooks({
  resolve(specifier, context, next) {
    if (specifier === '@aws-sdk/client-kms' || specifier === 'node-vault') {
      throw Object.assign(new Error(`Cannot find package '${specifier}'`), { code: 'ERR_MODULE_NOT_FOUND' });
    }
    return next(specifier, context);
  },
});
