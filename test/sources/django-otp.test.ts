import { djangoOtp } from '../../src/sources/django-otp.ts';
import { cases, longFile } from './fixtures/django-otp.ts';
import { testSource } from './support/conformance.ts';

testSource(djangoOtp, cases, longFile);
