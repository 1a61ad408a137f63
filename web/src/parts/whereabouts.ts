const REGIONS = new Intl.DisplayNames('en', { type: 'region' });

/** Who runs something, and where. */
export function whereabouts(place: {
  readonly operator: string;
  readonly operator_country: string;
  readonly country: string;
}): string {
  if (place.country === 'local') return 'On your own machines';
  const operator = `${place.operator}, ${countryName(place.operator_country)}`;
  return place.country === place.operator_country
    ? operator
    : `${operator}; runs in ${countryName(place.country)}`;
}

function countryName(code: string): string {
  return /^[A-Z]{2}$/.test(code) ? (REGIONS.of(code) ?? code) : code;
}

/** 1024x768 as people write it. */
export function formatSize(size: string): string {
  return size.replace('x', ' × ');
}
