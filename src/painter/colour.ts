/** Red, green, blue from 0 to 255. */
export type Rgb = readonly [number, number, number];

export function rgb(hex: string): Rgb {
  const value = Number.parseInt(hex.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

export function css(colour: Rgb): string {
  const byte = (part: number): string =>
    Math.round(Math.min(255, Math.max(0, part)))
      .toString(16)
      .padStart(2, '0');
  return `#${byte(colour[0])}${byte(colour[1])}${byte(colour[2])}`;
}

export function mix(from: Rgb, to: Rgb, amount: number): Rgb {
  const part = Math.min(1, Math.max(0, amount));
  return [
    from[0] + (to[0] - from[0]) * part,
    from[1] + (to[1] - from[1]) * part,
    from[2] + (to[2] - from[2]) * part,
  ];
}

export function scale(colour: Rgb, factor: number): Rgb {
  return [
    Math.min(255, colour[0] * factor),
    Math.min(255, colour[1] * factor),
    Math.min(255, colour[2] * factor),
  ];
}

/** Multiplies as light through coloured glass: white leaves the colour alone. */
export function filterBy(colour: Rgb, light: Rgb): Rgb {
  return [(colour[0] * light[0]) / 255, (colour[1] * light[1]) / 255, (colour[2] * light[2]) / 255];
}

export function luminance(colour: Rgb): number {
  return (0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2]) / 255;
}

export function saturate(colour: Rgb, factor: number): Rgb {
  const grey = luminance(colour) * 255;
  return [
    Math.min(255, Math.max(0, grey + (colour[0] - grey) * factor)),
    Math.min(255, Math.max(0, grey + (colour[1] - grey) * factor)),
    Math.min(255, Math.max(0, grey + (colour[2] - grey) * factor)),
  ];
}

/** Hue in degrees, saturation and lightness from 0 to 1. */
export function hsl(hue: number, saturation: number, lightness: number): Rgb {
  const turn = (((hue % 360) + 360) % 360) / 30;
  const reach = saturation * Math.min(lightness, 1 - lightness);
  const part = (offset: number): number => {
    const k = (offset + turn) % 12;
    return 255 * (lightness - reach * Math.max(-1, Math.min(k - 3, 9 - k, 1)));
  };
  return [part(0), part(8), part(4)];
}
