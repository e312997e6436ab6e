import { toDataURL } from 'qrcode';

/** Draws a text as a QR code: a PNG, as a data URL that can stand in an `img` as it is. */
export function drawQrCode(text: string): Promise<string> {
  // Level M, with the quiet zone of four modules that ISO/IEC 18004 §6.3.8 asks for, as phones scan from screens.
  return toDataURL(text, { errorCorrectionLevel: 'M', margin: 4, scale: 4 });
}
