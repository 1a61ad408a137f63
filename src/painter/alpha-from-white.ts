import sharp from 'sharp';

/**
 * Turns a mask whose white pixels are repainted into a PNG whose transparent pixels are.
 * @throws Error when the bytes are no picture
 */
export async function alphaFromWhite(whiteMask: Uint8Array): Promise<Uint8Array> {
  const { data, info } = await sharp(whiteMask)
    .flatten({ background: '#000000' })
    .toColourspace('b-w')
    .extractChannel(0)
    .negate()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  const black = { create: { width, height, channels: 3, background: '#000000' } } as const;
  return sharp(black)
    .joinChannel(data, { raw: { width, height, channels: 1 } })
    .png({ compressionLevel: 1 })
    .toBuffer();
}
